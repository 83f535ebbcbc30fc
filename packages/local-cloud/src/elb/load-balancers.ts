import type { HostPort } from "../host-port.ts";
import { startPublishedGateway } from "./alb.ts";
import { startNetworkLoadBalancer } from "./nlb.ts";
import { type BalancerTarget, TargetGroup, type TargetGroupOptions } from "./target-group.ts";
import type { TcpBalancer } from "./tcp-balancer.ts";

/** Each balanced service with its target group and the listener in front of it. */
export class LoadBalancers {
  readonly #options: TargetGroupOptions;
  readonly #listeners = new Map<string, { readonly group: TargetGroup; readonly balancer: TcpBalancer }>();
  #published: HostPort | undefined;

  constructor(options: TargetGroupOptions) {
    this.#options = options;
  }

  /** A listener of the internal balancer. Rejects with the system's error when the address is taken. */
  async addInternal(service: string, address: HostPort): Promise<void> {
    const group = new TargetGroup(this.#options);
    this.#listeners.set(service, { group, balancer: await startNetworkLoadBalancer(address, group) });
  }

  /** The public listener. */
  async addPublished(service: string, address: HostPort): Promise<void> {
    const group = new TargetGroup(this.#options);
    const balancer = await startPublishedGateway(address, group);
    this.#listeners.set(service, { group, balancer });
    this.#published = balancer.address;
  }

  get published(): HostPort | undefined {
    return this.#published;
  }

  addressOf(service: string): HostPort | undefined {
    return this.#listeners.get(service)?.balancer.address;
  }

  register(service: string, target: BalancerTarget): void {
    this.#listeners.get(service)?.group.register(target);
  }

  deregister(service: string, id: string): void {
    this.#listeners.get(service)?.group.deregister(id);
  }

  async close(): Promise<void> {
    for (const { group, balancer } of this.#listeners.values()) {
      group.close();
      await balancer.close();
    }
  }
}
