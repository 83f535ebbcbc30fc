/**
 * A name with a record for each task, as Cloud Map keeps it. Comes in: the name, and a port if somebody fixed it. Goes
 * out: every task's address. SRV tells ports, and names that outlive addresses; A is enough where the port is known.
 */

import type { Endpoint } from "../endpoint.ts";
import type { ZoneMap } from "../zone.ts";
import type { AddressRecord, DnsClient } from "./dns-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

/** MULTIVALUE routing tells at most eight records, so an answer of eight may be all there is or a sample. */
const MULTIVALUE_RECORDS = 8;

export interface DnsName {
  readonly name: string;
  /** Undefined: SRV tells the ports. */
  readonly port: number | undefined;
  /** The port when there are no SRV records. */
  readonly defaultPort: number;
}

export class DnsLookup implements Lookup {
  readonly #target: DnsName;
  readonly #client: DnsClient;
  readonly #zones: ZoneMap;
  #hasServiceRecords = false;

  constructor(target: DnsName, client: DnsClient, zones: ZoneMap) {
    this.#target = target;
    this.#client = client;
    this.#zones = zones;
  }

  get whenEmpty(): string {
    return noRecords(this.#target.name);
  }

  async resolve(): Promise<LookupAnswer> {
    const { name, port, defaultPort } = this.#target;
    if (port !== undefined) return this.#byAddress(name, port);
    const byService = await this.#byService(name);
    if (byService !== undefined) return byService;
    // A name that once told ports still has them: without its records it has no tasks, rather than tasks at other ports.
    return this.#hasServiceRecords ? { endpoints: [], isComplete: true, ttlMs: 0 } : this.#byAddress(name, defaultPort);
  }

  cancel(): void {
    this.#client.cancel();
  }

  async #byAddress(name: string, port: number): Promise<LookupAnswer> {
    const records = await this.#client.addresses(name);
    const endpoints = records.map(({ address }) => this.#endpoint(address, port));
    return { endpoints, ttlMs: shortestTtl(records), ...completeness(records.length) };
  }

  async #byService(name: string): Promise<LookupAnswer | undefined> {
    const services = await this.#client.services(name);
    if (services.length === 0) return undefined;
    this.#hasServiceRecords = true;
    const found = await Promise.allSettled(
      services.map(async (service) => ({ service, records: await this.#client.addresses(service.name) })),
    );
    const answered = found.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    if (answered.length === 0) throw (found[0] as PromiseRejectedResult).reason;
    const endpoints = answered.flatMap(({ service, records }) =>
      records.map(({ address }) => this.#endpoint(address, service.port, service.name)),
    );
    const { isComplete, truncatedAt } = completeness(services.length);
    return {
      endpoints,
      ttlMs: shortestTtl(answered.flatMap(({ records }) => records)),
      // A target whose address nobody told is a task all the same: what is missing may not count as gone.
      isComplete: isComplete && answered.length === services.length,
      truncatedAt,
    };
  }

  #endpoint(host: string, port: number, name?: string): Endpoint {
    return { host, port, kind: "task", lane: 0, zone: this.#zones.zoneOf(host), name };
  }
}

/** NXDOMAIN and an empty answer are the same to us, and which of them comes says little: Cloud Map's empty names do not exist. */
export function noRecords(name: string): string {
  return `DNS ${name}: no records, so the name does not exist or nothing is registered under it`;
}

/** Whether that many records can be all there are. */
export function completeness(records: number): Pick<LookupAnswer, "isComplete" | "truncatedAt"> {
  return records < MULTIVALUE_RECORDS ? { isComplete: true } : { isComplete: false, truncatedAt: records };
}

export function shortestTtl(records: readonly AddressRecord[]): number {
  return Math.min(...records.map(({ ttlMs }) => ttlMs));
}
