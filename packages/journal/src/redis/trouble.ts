/**
 * What is the matter with a Redis, in one line that says what to do. Comes from whatever a socket, TLS, ioredis or Redis
 * itself raised, and keeps none of it: an error of ioredis carries the command, and so a password or a document.
 */
export interface Trouble {
  /** `ECONNREFUSED`, `WRONGPASS` …: the same for the same kind of trouble, so that it can be told once. */
  readonly code: string;
  /** What is wrong, and what to do. */
  readonly text: string;
  /**
   * - `connection`: there was no answer; what was sent may or may not have happened.
   * - `server`: Redis answered that it does nothing for us now; the connection is of no use, another one may be.
   * - `request`: Redis refused this one request.
   */
  readonly scope: "connection" | "server" | "request";
}

/** By the code of a socket or of TLS. */
const ofConnections: readonly (readonly [codes: RegExp, text: string])[] = [
  [/^ECONNREFUSED$/, "nothing listens there; start Redis, or correct host and port in REDIS_URL"],
  [/^ENOTFOUND$/, "there is no such name; correct the host in REDIS_URL"],
  [/^EAI_AGAIN$/, "DNS does not answer; see whether this machine reaches its name server"],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, "no way leads there; see what routes and security groups let through"],
  [/^ECONNRESET$/, "the connection was cut; Redis ended, or expects TLS: then REDIS_URL begins with rediss://"],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another name; put that name into REDIS_URL"],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired; renew it"],
  [/CERT|ISSUER|SIGNATURE/, "nobody we trust signed its certificate; give Node the authority's by NODE_EXTRA_CA_CERTS"],
  [
    /^(EPROTO|ERR_SSL_.*)$/,
    "there was no agreement on TLS; if Redis does not speak it, REDIS_URL begins with redis://",
  ],
];

/** By the first word of Redis's answer. */
const ofServers: ReadonlyMap<string, string> = new Map([
  ["WRONGPASS", "user or password is wrong; correct REDIS_URL"],
  ["NOAUTH", "it asks for a password; REDIS_URL is to be rediss://:password@host:6379/0"],
  ["LOADING", "it is reading its data; wait, it becomes ready by itself"],
  ["READONLY", "it is a replica; after a failover wait, otherwise name the primary in REDIS_URL"],
  ["MASTERDOWN", "it is a replica that has lost its primary; see to the primary"],
  ["NOREPLICAS", "it has too few replicas to accept a write (min-replicas-to-write); see to the replicas"],
  ["MISCONF", "it cannot write to its disk, and so accepts no write; see its log and its disk"],
  ["BUSY", "a script of somebody else occupies it; wait, or end it with SCRIPT KILL"],
  ["CLUSTERDOWN", "its cluster is down; and a Redis with cluster mode off is expected"],
  ["MOVED", "it is one node of a cluster; a Redis with cluster mode off is expected"],
  ["DENIED", "it admits nobody but its own machine (protected mode); set a password, or bind"],
]);

/** By what Redis says where it has no word of its own for it. */
const ofErr: readonly (readonly [said: RegExp, text: string])[] = [
  [/DB index is out of range/, "it has no such database; correct the number at the end of REDIS_URL"],
  [/max number of clients/, "it has as many clients as it admits (maxclients); raise that, or end some"],
  [/without any password configured/, "it asks for no password; see if it is the right one, or take it from REDIS_URL"],
];

/** What a socket, TLS, ioredis or Redis raised. */
export function troubleOf(error: unknown): Trouble {
  return isReply(error) ? ofReply(error.message) : ofConnection(error as Error);
}

/** The peer closed the connection, and said nothing. */
export const cut: Trouble = ofConnection(Object.assign(new Error(), { code: "ECONNRESET" }));

/** Nobody said anything. */
export function silence(timeoutMs: number): Trouble {
  const cause = "it hangs, a security group is in between, or one side alone expects TLS (redis:// or rediss://)";
  return { code: "SILENT", text: `no answer within ${timeoutMs} ms; ${cause}`, scope: "connection" };
}

export function tooOld(version: string): Trouble {
  return { code: "VERSION", text: `it is version ${version}; Redis 7 or later is expected`, scope: "server" };
}

/** Documents may be evicted. Not for the caller of a request: for whoever runs the Redis. */
export function evicting(policy: string): Trouble {
  const text = `it forgets documents when its memory is full (maxmemory-policy ${policy}); set noeviction`;
  return { code: "EVICTION", text, scope: "request" };
}

/** An answer of Redis, in distinction to what happened on the way. By name: the class has no typed export. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

function ofReply(message: string): Trouble {
  const code = /^[A-Z]+(?= )/.exec(message)?.[0] ?? "ERR";
  const text = ofServers.get(code);
  if (text !== undefined) return { code, text: `${code}: ${text}`, scope: "server" };
  if (code === "OOM") return { code, text: `${code}: its memory is full; give it more, or delete`, scope: "request" };
  if (code === "NOPERM") {
    return { code, text: `${code}: its user may not do this; see ACL in decision 0014`, scope: "request" };
  }
  const known = ofErr.find(([said]) => said.test(message))?.[1];
  return { code, text: known ?? oneLine(message), scope: "request" };
}

function ofConnection(error: Error & { readonly code?: unknown }): Trouble {
  const code = error.code === "EPIPE" ? "ECONNRESET" : error.code; // who notices the cut first: the writer or the reader
  if (typeof code !== "string") {
    const text = "what answers there does not speak Redis's language; correct REDIS_URL, rediss:// if it expects TLS";
    return { code: "PROTOCOL", text, scope: "connection" };
  }
  const known = ofConnections.find(([codes]) => codes.test(code))?.[1];
  return { code, text: `${code}: ${known ?? oneLine(error.message)}`, scope: "connection" };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 200);
}
