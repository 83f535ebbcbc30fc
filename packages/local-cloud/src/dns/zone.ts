import type { Instance, RegistryChange } from "../cloud-map/registry.ts";

/** What DNS knows: the namespace's visible instances by service, and fixed names such as a balancer's. */
export interface Zone {
  /** `agent-team-local.local`. */
  readonly namespace: string;
  /** The suffix of the fixed names: their zone. */
  readonly hostsZone: string;
  readonly hosts: ReadonlyMap<string, string>;
  /** Instances of a service; empty when there are none or the service is unknown. */
  instances(service: string): readonly Instance[];
}

/** The namespace as DNS shows it. `apply` makes one change of the registry visible. */
export class NamespaceZone implements Zone {
  readonly namespace: string;
  readonly hostsZone = "elb.local";
  readonly hosts: ReadonlyMap<string, string>;
  readonly #services = new Map<string, readonly Instance[]>();

  constructor(namespace: string, hosts: ReadonlyMap<string, string>) {
    this.namespace = namespace;
    this.hosts = hosts;
  }

  instances(service: string): readonly Instance[] {
    return this.#services.get(service) ?? [];
  }

  apply({ kind, service, instance }: RegistryChange): void {
    const others = this.instances(service).filter(({ id }) => id !== instance.id);
    this.#services.set(service, kind === "deregistered" ? others : [...others, instance]);
  }
}
