import type { HostPort } from "@agent-team/foundation/host-port";
import { startPublishedGateway } from "./alb.ts";
import { startNetworkLoadBalancer } from "./nlb.ts";
import { type BalancerTarget, TargetGroup, type TargetGroupOptions } from "./target-group.ts";
import type { TcpBalancer } from "./tcp-balancer.ts";

/** One listener of a balancer, with the target group to which it forwards. */
export interface Listener {
  readonly service: string;
  readonly kind: "nlb" | "alb";
  readonly address: HostPort;
  readonly group: TargetGroup;
}

export interface LoadBalancersOptions extends Omit<TargetGroupOptions, "onHealthChange"> {
  /** Called after the health of a service's target has changed. */
  readonly onHealthChange: (service: string, id: string) => void;
}

/** The listeners of both balancers: one for each balanced service, with its target group. */
export class LoadBalancers {
  readonly #options: LoadBalancersOptions;
  readonly #listeners = new Map<string, Listener & { readonly balancer: TcpBalancer }>();

  constructor(options: LoadBalancersOptions) {
    this.#options = options;
  }

  /** A listener of the internal balancer. Rejects with the system's error when the address is taken. */
  addInternal(service: string, address: HostPort): Promise<void> {
    return this.#add(service, "nlb", address, startNetworkLoadBalancer);
  }

  /** The listener of the public balancer. Rejects with the system's error when the address is taken. */
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

  listenerOf(service: string): Listener | undefined {
    return this.#listeners.get(service);
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
    address: HostPort,
    start: (address: HostPort, group: TargetGroup) => Promise<TcpBalancer>,
  ): Promise<void> {
    const onHealthChange = (id: string): void => this.#options.onHealthChange(service, id);
    const group = new TargetGroup({ ...this.#options, onHealthChange });
    const balancer = await start(address, group);
    this.#listeners.set(service, { service, kind, address: balancer.address, group, balancer });
  }
}
