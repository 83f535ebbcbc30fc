import type { HostPort } from "../host-port.ts";
import { startPublishedGateway } from "./alb.ts";
import { startNetworkLoadBalancer } from "./nlb.ts";
import { type BalancerTarget, TargetGroup, type TargetGroupOptions } from "./target-group.ts";
import type { TcpBalancer } from "./tcp-balancer.ts";

/** One listener of a balancer, with the group that it forwards to. */
export interface Listener {
  readonly service: string;
  readonly kind: "nlb" | "alb";
  readonly address: HostPort;
  readonly group: TargetGroup;
}

/** Each balanced service with its target group and the listener in front of it. */
export class LoadBalancers {
  readonly #options: TargetGroupOptions;
  readonly #listeners = new Map<string, Listener & { readonly balancer: TcpBalancer }>();

  constructor(options: TargetGroupOptions) {
    this.#options = options;
  }

  /** A listener of the internal balancer. Rejects with the system's error when the address is taken. */
  addInternal(service: string, address: HostPort): Promise<void> {
    return this.#add(service, "nlb", address, startNetworkLoadBalancer);
  }

  /** The public listener. */
  addPublished(service: string, address: HostPort): Promise<void> {
    return this.#add(service, "alb", address, startPublishedGateway);
  }

  get published(): HostPort | undefined {
    return this.listeners().find(({ kind }) => kind === "alb")?.address;
  }

  listeners(): readonly Listener[] {
    return [...this.#listeners.values()];
  }

  addressOf(service: string): HostPort | undefined {
    return this.#listeners.get(service)?.address;
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

  async #add(
    service: string,
    kind: Listener["kind"],
    wanted: HostPort,
    start: (address: HostPort, group: TargetGroup) => Promise<TcpBalancer>,
  ): Promise<void> {
    const group = new TargetGroup(this.#options);
    const balancer = await start(wanted, group);
    this.#listeners.set(service, { service, kind, address: balancer.address, group, balancer });
  }
}
