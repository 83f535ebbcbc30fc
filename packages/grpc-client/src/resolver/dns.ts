/**
 * A name with a record for each task, as Cloud Map keeps it. Comes in: the name, and a port if the target states one. Goes
 * out: every task's address. SRV records have ports, and names that outlive addresses; A or AAAA records are enough where
 * the port is known, or where no SRV records are to be had.
 */

import { type Endpoint, priorityOf } from "../endpoint.ts";
import type { ZoneMap } from "../zone.ts";
import type { AddressRecord, DnsClient, Found, ServiceRecord } from "./dns-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

/** MULTIVALUE routing answers with at most eight records, so an answer of eight may be all of them or a sample. */
const MULTIVALUE_RECORDS = 8;
/**
 * How long the first question for SRV records may stay without an answer until the addresses are asked for: some name servers
 * drop questions of a type that they do not know. Half of the time for which a call waits (`maxWaitMs`), and enough for a second try.
 */
const SRV_PATIENCE_MS = 1_500;
/** An error names the answers of a few questions: there are three for each SRV record. */
const MAX_NOTES = 8;

export interface DnsName {
  readonly name: string;
  /** Undefined: SRV records have the ports. */
  readonly port: number | undefined;
  /** The port when there are no SRV records. */
  readonly defaultPort: number;
}

export class DnsLookup implements Lookup {
  readonly #target: DnsName;
  readonly #client: DnsClient;
  readonly #zones: ZoneMap;
  #hasServiceRecords = false;
  /** Why there is no endpoint, as the last questions showed. */
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
    const services = await this.#client.services(name, this.#hasServiceRecords ? undefined : SRV_PATIENCE_MS);
    if (services.outcome === "some") return this.#byService(services);
    // A name that has had SRV records still has: without them it has no tasks, rather than tasks at another port.
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
      // Of an address in two classes the better one counts: a set keeps the first.
      .toSorted((a, b) => priorityOf(a) - priorityOf(b));
    const { isComplete, truncatedAt } = completeness(services.records.length);
    return {
      endpoints,
      ttlMs: shortestTtl(records),
      // A target without an answer about its address is still a task: its absence from this answer must not count.
      isComplete: isComplete && asked.every(({ found }) => found.outcome === "some" || found.outcome === "none"),
      truncatedAt,
    };
  }

  #nothing(...found: readonly Found<unknown>[]): LookupAnswer {
    this.#reason = noAddress(this.#target.name, ...found);
    return { endpoints: [], isComplete: true, ttlMs: 0 };
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

/** NXDOMAIN and an empty answer mean the same here: a name of Cloud Map without instances does not exist. */
export function noAddress(name: string, ...found: readonly Found<unknown>[]): string {
  const notes = found.flatMap((each) => each.notes);
  const more = notes.length > MAX_NOTES ? `; and ${notes.length - MAX_NOTES} more` : "";
  const isMissing = found.every(({ outcome }) => outcome === "none");
  const meaning = isMissing ? "the name does not exist or nothing is registered under it" : "no address was found";
  return `DNS ${name}: ${meaning} (${notes.slice(0, MAX_NOTES).join("; ")}${more})`;
}

/** Whether that many records can be all there are. */
export function completeness(records: number): Pick<LookupAnswer, "isComplete" | "truncatedAt"> {
  return records < MULTIVALUE_RECORDS ? { isComplete: true } : { isComplete: false, truncatedAt: records };
}

export function shortestTtl(records: readonly AddressRecord[]): number {
  return Math.min(...records.map(({ ttlMs }) => ttlMs));
}
