/**
 * DNS queries. In: a name. Out: its records with their TTL, and one note per query for error texts. It never rejects, and waits
 * at most `DEADLINE_MS` for one query.
 *
 *   addresses   hosts file ──► A ──► AAAA ──► getaddrinfo      the first source that has an address
 *
 * If the target names a name server, only that server is queried: elsewhere the same name can mean another host.
 */

import { promises as dns } from "node:dns";
import { networkInterfaces } from "node:os";
import type { Clock } from "@agent-team/foundation/clock";
import { formatHostPort, type HostPort, isIpAddress } from "@agent-team/foundation/host-port";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import { type AddressFamily, familiesInOrder, ofFirstFamily } from "./address-family.ts";
import { LocalNames } from "./local-names.ts";

/** Timeout of the first try; each further one doubles it. In a VPC an answer takes about a millisecond, and UDP loses packets. */
const TRY_TIMEOUT_MS = 1_000;
const TRIES = 3;
const DEADLINE_MS = 5_000;
/** For the hosts file and `getaddrinfo`, which give no TTL: the TTL of Cloud Map's records. */
const LOCAL_TTL_MS = 10_000;

/** The names of RFC 1035 4.1.1, RFC 2308 and RFC 6895. Other errors show Node's code. */
const EXPLANATIONS: ReadonlyMap<string, string> = new Map([
  [dns.NOTFOUND, "NXDOMAIN"],
  [dns.NODATA, "no records"],
  [dns.FORMERR, "FORMERR"],
  [dns.SERVFAIL, "SERVFAIL"],
  [dns.NOTIMP, "NOTIMP"],
  [dns.REFUSED, "REFUSED"],
  [dns.BADRESP, "a malformed answer"],
  [dns.TIMEOUT, "no answer"],
  [dns.CANCELLED, "cancelled"],
  [dns.CONNREFUSED, "nothing listens at the name server's address"],
]);

export interface ServiceRecord {
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

export interface AddressRecord {
  readonly address: string;
  readonly ttlMs: number;
}

/** The result of all queries for a name. */
export interface Found<T> {
  readonly records: readonly T[];
  /** `none`: every query was answered, without records. `failed`: a query had an unusable answer. `silent`: a query had no answer. */
  readonly outcome: "some" | "none" | "failed" | "silent";
  /** Each query with its answer, such as `SRV agent.local: NXDOMAIN`. */
  readonly notes: readonly string[];
}

export interface DnsClientInit {
  readonly clock: Clock;
  /** Default: the system's name servers, hosts file and `getaddrinfo`. */
  readonly server?: HostPort | undefined;
  /** Default: the system's, unless `server` is given. */
  readonly local?: LocalNames | undefined;
}

export class DnsClient {
  readonly #resolver = new dns.Resolver({ timeout: TRY_TIMEOUT_MS, tries: TRIES });
  readonly #clock: Clock;
  readonly #local: LocalNames | undefined;
  #isClosed = false;

  constructor({ clock, server, local = server === undefined ? new LocalNames() : undefined }: DnsClientInit) {
    this.#clock = clock;
    this.#local = local;
    if (server !== undefined) this.#resolver.setServers([formatHostPort(server)]);
  }

  /** Addresses of one family. */
  async addresses(name: string): Promise<Found<AddressRecord>> {
    if (isIpAddress(name)) return { records: withoutTtl([name]), outcome: "some", notes: [] };
    const families = familiesInOrder(networkInterfaces());
    const listed = ofFirstFamily((await this.#local?.listed(name)) ?? [], families);
    if (listed.length > 0) return { records: withoutTtl(listed), outcome: "some", notes: [] };
    let found: Found<AddressRecord> | undefined;
    for (const family of families) {
      found = followedBy(found, await this.#records(family, name));
      // The next query would go to the same silent server.
      if (found.outcome === "some" || found.outcome === "silent") return found;
    }
    return followedBy(found, await this.#lookUp(name, families));
  }

  /** SRV records. A name in the hosts file has none. `limitMs`: the longest wait in ms, at most and by default 5,000. */
  async services(name: string, limitMs: number = DEADLINE_MS): Promise<Found<ServiceRecord>> {
    const listed = (await this.#local?.listed(name)) ?? [];
    if (listed.length > 0) return { records: [], outcome: "none", notes: [] };
    return this.#ask("SRV", name, limitMs, () => this.#resolver.resolveSrv(name));
  }

  /** Cancels every running query. Later queries end at once as `silent`. */
  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  #records(family: AddressFamily, name: string): Promise<Found<AddressRecord>> {
    return this.#ask(family, name, DEADLINE_MS, async () => {
      const records = await this.#resolver[family === "A" ? "resolve4" : "resolve6"](name, { ttl: true });
      return records.map(({ address, ttl }) => ({ address, ttlMs: ttl * 1_000 }));
    });
  }

  async #lookUp(name: string, families: readonly AddressFamily[]): Promise<Found<AddressRecord> | undefined> {
    const local = this.#local;
    if (local === undefined) return undefined;
    return this.#ask("getaddrinfo", name, DEADLINE_MS, async () =>
      withoutTtl(ofFirstFamily(await local.lookUp(name), families)),
    );
  }

  async #ask<T>(type: string, name: string, limitMs: number, query: () => Promise<readonly T[]>): Promise<Found<T>> {
    const late = Promise.withResolvers<never>();
    const timer = setPeerTimer(this.#clock, limitMs, () => late.reject({ code: dns.TIMEOUT }), { unref: true });
    const found = (outcome: Found<T>["outcome"], note: string, records: readonly T[] = []): Found<T> => ({
      records,
      outcome,
      notes: [`${type} ${name}: ${note}`],
    });
    try {
      if (this.#isClosed) return found("silent", "cancelled");
      // After a timeout the query continues without effect until the resolver's own tries end.
      const records = await Promise.race([query(), late.promise]);
      return records.length > 0 ? found("some", `${records.length} records`, records) : found("none", "no records");
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? String(error);
      return found(outcomeOf(code), EXPLANATIONS.get(code) ?? code);
    } finally {
      timer.cancel();
    }
  }
}

/** The later result, with the notes of both. An earlier failure stays if the later result is `none`: records may exist. */
function followedBy<T>(before: Found<T> | undefined, after: Found<T> | undefined): Found<T> {
  if (before === undefined || after === undefined)
    return before ?? after ?? { records: [], outcome: "none", notes: [] };
  const outcome = after.outcome === "none" ? before.outcome : after.outcome;
  return { records: after.records, outcome, notes: [...before.notes, ...after.notes] };
}

function withoutTtl(addresses: readonly string[]): readonly AddressRecord[] {
  return addresses.map((address) => ({ address, ttlMs: LOCAL_TTL_MS }));
}

function outcomeOf(code: string): Found<never>["outcome"] {
  if (code === dns.NOTFOUND || code === dns.NODATA) return "none";
  return code === dns.TIMEOUT || code === dns.CANCELLED ? "silent" : "failed";
}
