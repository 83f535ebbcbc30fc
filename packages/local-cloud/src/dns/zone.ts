import type { Instance, RegistryChange } from "../cloud-map/registry.ts";

/** The records of the name server: the namespace's instances by service, and fixed names such as a balancer's. */
export interface Zone {
  /** `agent-team-local.local`. */
  readonly namespace: string;
  /** The zone of the fixed names. */
  readonly hostsZone: string;
  readonly hosts: ReadonlyMap<string, string>;
  /** The instances of a service; empty for an unknown service. */
  instances(service: string): readonly Instance[];
}

/** The zone of the namespace. `apply` adds one change of the registry to it. */
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
