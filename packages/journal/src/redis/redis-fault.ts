/**
 * A fault of a Redis or of the way to it, in one line with its remedy. Made from an error of a socket, of TLS, of ioredis or
 * of Redis. It never holds that error: an error of ioredis contains the command, and thus a password or a document.
 */
export interface RedisFault {
  /** `ECONNREFUSED`, `WRONGPASS` …: one code for each kind of fault, so that each kind is reported once. */
  readonly code: string;
  /** The fault and its remedy. */
  readonly text: string;
  /**
   * - `connection`: there was no answer; what was sent may or may not have happened.
   * - `server`: Redis refuses all requests now; another connection may succeed.
   * - `request`: Redis refused this one request.
   */
  readonly scope: "connection" | "server" | "request";
}

/** Longest part of a message of Redis or of a socket. */
const MAX_MESSAGE_CHARACTERS = 200;

/** Remedies by the error code of a socket or of TLS. */
const CONNECTION_FAULTS: readonly (readonly [codes: RegExp, text: string])[] = [
  [/^ECONNREFUSED$/, "nothing listens there; start Redis, or correct host and port in REDIS_URL"],
  [/^ENOTFOUND$/, "DNS has no such name; correct the host in REDIS_URL"],
  [/^EAI_AGAIN$/, "DNS does not answer; check whether this machine reaches its name server"],
  [/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/, "no route to that address; check routes and security groups"],
  [
    /^ECONNRESET$/,
    "the connection was closed; Redis has ended, or it expects TLS: then REDIS_URL begins with rediss://",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "its certificate is for another name; put that name into REDIS_URL"],
  [/^CERT_HAS_EXPIRED$/, "its certificate has expired; renew it"],
  [
    /CERT|ISSUER|SIGNATURE/,
    "no trusted authority signed its certificate; name the authority's file in NODE_EXTRA_CA_CERTS",
  ],
  [/^(EPROTO|ERR_SSL_.*)$/, "the TLS handshake failed; if Redis does not use TLS, REDIS_URL begins with redis://"],
];

/** Remedies by the first word of Redis's error reply. */
const SERVER_FAULTS: ReadonlyMap<string, string> = new Map([
  ["WRONGPASS", "user or password is wrong; correct REDIS_URL"],
  ["NOAUTH", "it asks for a password; REDIS_URL is to be rediss://:password@host:6379/0"],
  ["LOADING", "it loads its data; it becomes ready by itself"],
  ["READONLY", "it is a replica; after a failover wait, otherwise name the primary in REDIS_URL"],
  ["MASTERDOWN", "it is a replica that has lost its primary; check the primary"],
  ["NOREPLICAS", "it has too few replicas to accept a write (min-replicas-to-write); check the replicas"],
  ["MISCONF", "it cannot write to its disk and accepts no writes; check its log and its disk"],
  ["BUSY", "another client's script blocks it; wait, or end the script with SCRIPT KILL"],
  ["CLUSTERDOWN", "its cluster is down; a Redis with cluster mode off is expected"],
  ["MOVED", "it is one node of a cluster; a Redis with cluster mode off is expected"],
  ["DENIED", "it accepts connections of its own machine only (protected mode); set a password, or bind"],
]);

/** Remedies by the message of an `ERR` reply. */
const ERR_FAULTS: readonly (readonly [said: RegExp, text: string])[] = [
  [/DB index is out of range/, "it has no such database; correct the number at the end of REDIS_URL"],
  [/max number of clients/, "it has as many clients as maxclients allows; raise maxclients, or end some clients"],
  // Redis answers so when the command stands in a script.
  [/user executing the script can't run/, "its user may not do this; see the ACL in decision 0014"],
  [
    /without any password configured/,
    "it asks for no password; check that it is the right Redis, or remove the password from REDIS_URL",
  ],
];

/** `error` is of a socket, of TLS, of ioredis or of Redis. */
export function faultOf(error: unknown): RedisFault {
  return isReply(error) ? ofReply(error.message) : ofConnection(error as Error);
}

/** The peer closed the connection without an answer. */
export const CONNECTION_CLOSED: RedisFault = ofConnection(Object.assign(new Error(), { code: "ECONNRESET" }));

/** The peer sent nothing. */
export function silence(timeoutMs: number): RedisFault {
  const cause = "it hangs, a security group drops packets, or one side alone expects TLS (redis:// or rediss://)";
  return { code: "SILENT", text: `no answer within ${timeoutMs} ms; ${cause}`, scope: "connection" };
}

export function tooOld(version: string): RedisFault {
  return { code: "VERSION", text: `it is version ${version}; Redis 7 or later is expected`, scope: "server" };
}

/** Redis may evict documents. Reported to the operator, not to the caller of a request. */
export function evicting(policy: string): RedisFault {
  const text = `it evicts documents when its memory is full (maxmemory-policy ${policy}); set noeviction`;
  return { code: "EVICTION", text, scope: "request" };
}

/** Whether Redis sent the error, in contrast to a socket. By name: the class has no typed export. */
export function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === "ReplyError";
}

function ofReply(message: string): RedisFault {
  const code = /^[A-Z]+(?= )/.exec(message)?.[0] ?? "ERR";
  const text = SERVER_FAULTS.get(code);
  if (text !== undefined) return { code, text: `${code}: ${text}`, scope: "server" };
  if (code === "OOM")
    return { code, text: `${code}: its memory is full; raise maxmemory, or delete documents`, scope: "request" };
  if (code === "NOPERM") {
    return { code, text: `${code}: its user may not do this; see the ACL in decision 0014`, scope: "request" };
  }
  const known = ERR_FAULTS.find(([said]) => said.test(message))?.[1];
  return { code, text: known ?? oneLine(message), scope: "request" };
}

function ofConnection(error: Error & { readonly code?: unknown }): RedisFault {
  const code = error.code === "EPIPE" ? "ECONNRESET" : error.code; // the writer and the reader get different codes
  if (typeof code !== "string") {
    const text = "the peer does not speak Redis's protocol; correct REDIS_URL, rediss:// if it expects TLS";
    return { code: "PROTOCOL", text, scope: "connection" };
  }
  const known = CONNECTION_FAULTS.find(([codes]) => codes.test(code))?.[1];
  return { code, text: `${code}: ${known ?? oneLine(error.message)}`, scope: "connection" };
}

/** Text from outside, without line breaks and control characters, which would reach a terminal. */
function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, " ").slice(0, MAX_MESSAGE_CHARACTERS);
}
