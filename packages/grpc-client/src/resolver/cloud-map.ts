/**
 * A service of AWS Cloud Map, by its API. Comes in: namespace and service. Goes out: the address, the port and the zone of
 * every registered instance, all of them in one answer. What is cheap, the revision, is asked often; the whole list when
 * the revision has moved, and now and then without it: "The health status updates don't update InstancesRevision."
 */

import { networkInterfaces } from "node:os";
import type { Clock } from "@agent-team/foundation/clock";
import { isIpAddress, parsePort } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";
import type { ZoneMap } from "../zone.ts";
import { familiesInOrder, ofFirstFamily } from "./address-family.ts";
import type { CloudMapClient, CloudMapInstance } from "./cloud-map-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

/** From one question to the next. A new task is in the API at once and ready within seconds, so this is most of its wait. */
const POLL_MS = 5_000;
/** Health moves no revision, and Cloud Map itself learns of it about 30 s late: asking more often would bring nothing. */
const WHOLE_MS = 30_000;
/** The most that one answer holds; there is no next page. Also AWS's limit of instances for a service. */
const MAX_RESULTS = 1_000;

export interface CloudMapService {
  readonly namespace: string;
  readonly service: string;
  /** The port of an instance that tells none. */
  readonly defaultPort: number;
}

/** The last answer that listed everything. */
interface Whole {
  readonly answer: LookupAnswer;
  readonly revision: number | undefined;
  readonly askedMs: number;
  /** How many connections had been lost by then. */
  readonly losses: number;
}

export class CloudMapLookup implements Lookup {
  readonly #target: CloudMapService;
  readonly #client: CloudMapClient;
  readonly #clock: Clock;
  readonly #zones: ZoneMap;
  #last: Whole | undefined;
  #losses = 0;

  constructor(
    target: CloudMapService,
    client: CloudMapClient,
    { clock, zones }: { readonly clock: Clock; readonly zones: ZoneMap },
  ) {
    this.#target = target;
    this.#client = client;
    this.#clock = clock;
    this.#zones = zones;
  }

  get whenEmpty(): string {
    const { namespace, service } = this.#target;
    const skipped = this.#last?.answer.skipped?.length ?? 0;
    const found =
      skipped === 0 ? "no instance is registered" : `none of its instances (${skipped}) has an IP address and a port`;
    return `Cloud Map ${namespace}/${service}: ${found}`;
  }

  async resolve(): Promise<LookupAnswer> {
    const last = this.#last;
    if (last?.revision === undefined || !this.#holds(last)) return this.#whole();
    if ((await this.#client.revision()) !== last.revision) return this.#whole();
    // Nobody came and nobody went. Whom the last answer left out for its health, this says nothing about.
    return { ...last.answer, isComplete: false };
  }

  /** Registered or not, somebody may be gone: the next question is for the whole list, also if one is under way. */
  didLoseConnection(): void {
    this.#losses++;
  }

  cancel(): void {
    this.#client.close();
  }

  #holds({ askedMs, losses }: Whole): boolean {
    return losses === this.#losses && this.#clock.now() - askedMs < WHOLE_MS;
  }

  async #whole(): Promise<LookupAnswer> {
    const [askedMs, losses] = [this.#clock.now(), this.#losses];
    const { instances, revision } = await this.#client.instances(MAX_RESULTS);
    const endpoints: Endpoint[] = [];
    const skipped: string[] = [];
    for (const instance of instances) {
      const endpoint = this.#endpoint(instance);
      if (endpoint === undefined) skipped.push(instance.id);
      else endpoints.push(endpoint);
    }
    const isComplete = instances.length < MAX_RESULTS;
    const truncatedAt = isComplete ? undefined : instances.length;
    const answer: LookupAnswer = { endpoints, skipped, isComplete, truncatedAt, ttlMs: POLL_MS };
    this.#last = { answer, revision, askedMs, losses };
    return answer;
  }

  /** Undefined for an instance that is registered without an address to call, such as a load balancer's alias. */
  #endpoint({ id, attributes }: CloudMapInstance): Endpoint | undefined {
    const { namespace, service, defaultPort } = this.#target;
    const addresses = ["AWS_INSTANCE_IPV4", "AWS_INSTANCE_IPV6"]
      .map((name) => attributes[name] ?? "")
      .filter(isIpAddress);
    const [host] = ofFirstFamily(addresses, familiesInOrder(networkInterfaces()));
    const port = parsePort(attributes["AWS_INSTANCE_PORT"] ?? String(defaultPort));
    if (host === undefined || "error" in port) return undefined;
    const zone = attributes["AVAILABILITY_ZONE"] ?? this.#zones.zoneOf(host);
    // As the SRV records call it.
    return { host, port: port.value, kind: "task", lane: 0, zone, name: `${id}.${service}.${namespace}` };
  }
}
