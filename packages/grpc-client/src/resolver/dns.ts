/**
 * Looks up a DNS name that has a record for each task, such as a service of Cloud Map. In: the name, and the port if the target
 * states one. Out: the address of every task. Without a port, SRV records are queried: they have the ports, and names that
 * outlive addresses. A or AAAA records are used if the port is known or if the name has no SRV records.
 */

import { type Endpoint, priorityOf } from "../endpoint.ts";
import type { ZoneMap } from "../zone.ts";
import type { AddressRecord, DnsClient, Found, ServiceRecord } from "./dns-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

/** MULTIVALUE routing returns at most eight records, so an answer of eight may be all records or a sample. */
const MULTIVALUE_RECORDS = 8;
/**
 * Timeout of the first SRV query, after which the addresses are queried: some name servers drop queries of types that they do not
 * know. It is half of the time for which a call waits (`maxWaitMs`), and long enough for a second try.
 */
const SRV_TIMEOUT_MS = 1_500;
/** Notes in one error text. Each SRV record can add three. */
const MAX_NOTES = 8;

export interface DnsName {
  readonly name: string;
  /** Undefined: the ports come from SRV records. */
  readonly port: number | undefined;
  /** The port when there are no SRV records. */
  readonly defaultPort: number;
}

export class DnsLookup implements Lookup {
  readonly #target: DnsName;
  readonly #client: DnsClient;
  readonly #zones: ZoneMap;
  #hasServiceRecords = false;
  /** Why the last lookup found no endpoint. */
  #reason = "";

  constructor(target: DnsName, client: DnsClient, zones: ZoneMap) {
    this.#target = target;
    this.#client = client;
    this.#zones = zones;
  }

  get whenEmpty(): string {
    return this.#reason;
  }

  async resolve(): Promise<LookupAnswer> {
    const { name, port, defaultPort } = this.#target;
    if (port !== undefined) return this.#byAddress(port);
    const services = await this.#client.services(name, this.#hasServiceRecords ? undefined : SRV_TIMEOUT_MS);
    if (services.outcome === "some") return this.#byService(services);
    // A name that had SRV records and has none now has no tasks. The default port would be wrong.
    if (this.#hasServiceRecords) return this.#nothing(services);
    return this.#byAddress(defaultPort, services);
  }

  cancel(): void {
    this.#client.close();
  }

  async #byAddress(port: number, services?: Found<ServiceRecord>): Promise<LookupAnswer> {
    const found = await this.#client.addresses(this.#target.name);
    if (found.records.length === 0) return this.#nothing(...(services === undefined ? [] : [services]), found);
    const endpoints = found.records.map(({ address }) => this.#endpoint(address, { port }));
    return { endpoints, ttlMs: shortestTtl(found.records), ...completeness(found.records.length) };
  }

  async #byService(services: Found<ServiceRecord>): Promise<LookupAnswer> {
    this.#hasServiceRecords = true;
    const usable = services.records.filter(isUsable);
    if (usable.length === 0) {
      return this.#nothing({
        ...services,
        notes: [`SRV ${this.#target.name}: the service is not available ("." or port 0)`],
      });
    }
    const asked = await Promise.all(
      usable.map(async (service) => ({ service, found: await this.#client.addresses(service.name) })),
    );
    const records = asked.flatMap(({ found }) => found.records);
    if (records.length === 0) return this.#nothing(services, ...asked.map(({ found }) => found));
    const endpoints = asked
      .flatMap(({ service, found }) => found.records.map(({ address }) => this.#endpoint(address, service)))
      // An address in two priority classes belongs to the better one: the set keeps the first of equal keys.
      .toSorted((a, b) => priorityOf(a) - priorityOf(b));
    const { isComplete, ...sample } = completeness(services.records.length);
    return {
      endpoints,
      ttlMs: shortestTtl(records),
      // An SRV target whose address query failed is still registered, so the answer must not count as complete.
      isComplete: isComplete && asked.every(({ found }) => found.outcome === "some" || found.outcome === "none"),
      ...sample,
    };
  }

  #nothing(...found: readonly Found<unknown>[]): LookupAnswer {
    this.#reason = noAddress(this.#target.name, ...found);
    return { endpoints: [], isComplete: isNothing(found), ttlMs: 0 };
  }

  #endpoint(host: string, { port, ...service }: Pick<ServiceRecord, "port"> & Partial<ServiceRecord>): Endpoint {
    const { name, priority, weight } = service;
    return { host, port, kind: "task", lane: 0, zone: this.#zones.zoneOf(host), name, priority, weight };
  }
}

/** RFC 2782: "A Target of "." means that the service is decidedly not available at this domain." Port 0 cannot be connected to. */
function isUsable({ name, port }: ServiceRecord): boolean {
  return name !== "" && name !== "." && port !== 0;
}

/** Whether every query was answered without records. */
export function isNothing(found: readonly Found<unknown>[]): boolean {
  return found.every(({ outcome }) => outcome === "none");
}

/** NXDOMAIN and an empty answer mean the same: Cloud Map answers NXDOMAIN for a service without instances. */
export function noAddress(name: string, ...found: readonly Found<unknown>[]): string {
  const notes = found.flatMap((each) => each.notes);
  const more = notes.length > MAX_NOTES ? `; and ${notes.length - MAX_NOTES} more` : "";
  const meaning = isNothing(found)
    ? "the name does not exist or nothing is registered under it"
    : "no address was found";
  return `DNS ${name}: ${meaning} (${notes.slice(0, MAX_NOTES).join("; ")}${more})`;
}

/** Whether an answer of that many records can be complete. */
export function completeness(records: number): Pick<LookupAnswer, "isComplete" | "isSample" | "truncatedAt"> {
  return records < MULTIVALUE_RECORDS
    ? { isComplete: true }
    : { isComplete: false, isSample: true, truncatedAt: records };
}

export function shortestTtl(records: readonly AddressRecord[]): number {
  return Math.min(...records.map(({ ttlMs }) => ttlMs));
}
