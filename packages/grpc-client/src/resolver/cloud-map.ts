/**
 * Looks up a service of AWS Cloud Map by its API. In: a namespace and a service. Out: the address, the port and the zone of
 * every registered instance in one answer. The revision, which is cheap, is requested often. The whole list is requested when
 * the revision has changed, and every 30 s: "The health status updates don't update InstancesRevision."
 */

import { networkInterfaces } from "node:os";
import type { Clock } from "@agent-team/foundation/clock";
import { isIpAddress, parsePort } from "@agent-team/foundation/host-port";
import type { Endpoint } from "../endpoint.ts";
import type { ZoneMap } from "../zone.ts";
import { familiesInOrder, ofFirstFamily } from "./address-family.ts";
import { CloudMapClient, type CloudMapInstance } from "./cloud-map-client.ts";
import type { Lookup, LookupAnswer } from "./polling.ts";

/** Interval of requests. A new task is in the API at once, so this is most of the time until it gets its first call. */
const POLL_MS = 5_000;
/** Longest time without a whole list. A change of health does not change the revision, and is itself about 30 s late. */
const WHOLE_LIST_MS = 30_000;
/** The maximum of one answer; the API has no pages. It is also AWS's limit of instances per service. */
const MAX_RESULTS = 1_000;

export interface CloudMapService {
  readonly namespace: string;
  readonly service: string;
  /** The port of an instance without a port attribute. */
  readonly defaultPort: number;
}

/** The last whole list. */
interface WholeList {
  readonly answer: LookupAnswer;
  readonly revision: number | undefined;
  readonly askedMs: number;
  /** Connections lost before it was requested. */
  readonly losses: number;
}

interface CloudMapDeps {
  readonly clock: Clock;
  readonly zones: ZoneMap;
}

/** The lookup of a service with a client of its own. */
export function openCloudMap(target: CloudMapService, deps: CloudMapDeps): Lookup {
  return new CloudMapLookup(target, new CloudMapClient(target, deps.clock), deps);
}

class CloudMapLookup implements Lookup {
  readonly #target: CloudMapService;
  readonly #client: CloudMapClient;
  readonly #clock: Clock;
  readonly #zones: ZoneMap;
  #last: WholeList | undefined;
  #losses = 0;

  constructor(target: CloudMapService, client: CloudMapClient, { clock, zones }: CloudMapDeps) {
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
    if (last?.revision === undefined || !this.#isCurrent(last)) return this.#wholeList();
    if ((await this.#client.revision()) !== last.revision) return this.#wholeList();
    // The same instances are registered. The list may lack unhealthy ones, so it does not count as complete.
    return { ...last.answer, isComplete: false };
  }

  /** The instance may be gone, so the next request is for the whole list, also after one that is running now. */
  onConnectionLost(): void {
    this.#losses++;
  }

  cancel(): void {
    this.#client.close();
  }

  #isCurrent({ askedMs, losses }: WholeList): boolean {
    return losses === this.#losses && this.#clock.now() - askedMs < WHOLE_LIST_MS;
  }

  async #wholeList(): Promise<LookupAnswer> {
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
    // The name that its SRV record has.
    return { host, port: port.value, kind: "task", lane: 0, zone, name: `${id}.${service}.${namespace}` };
  }
}
