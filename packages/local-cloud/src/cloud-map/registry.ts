/** One instance of a service: a task, or an instance that was registered with the API. */
export interface Instance {
  /** The task's id, or the InstanceId of the registration. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly healthy: boolean;
  /** Further attributes in Cloud Map's API, such as `AVAILABILITY_ZONE`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface RegistryChange {
  /** `updated`: the health of the instance has changed. */
  readonly kind: "registered" | "updated" | "deregistered";
  readonly service: string;
  readonly instance: Instance;
}

/** Cloud Map: the instances of each service of the namespace. `onChange` receives every change. */
export class Registry {
  readonly namespace: string;
  readonly #services: ReadonlyMap<string, RegisteredService>;
  readonly #onChange: (change: RegistryChange) => void;

  constructor(namespace: string, services: readonly string[], onChange: (change: RegistryChange) => void) {
    this.namespace = namespace;
    this.#services = new Map(services.map((name) => [name, { instances: new Map(), revision: 1 }]));
    this.#onChange = onChange;
  }

  services(): readonly string[] {
    return [...this.#services.keys()];
  }

  instances(service: string): readonly Instance[] {
    return [...(this.#services.get(service)?.instances.values() ?? [])];
  }

  /** Counts registrations and deregistrations. AWS: "The health status updates don't update InstancesRevision". */
  revision(service: string): number {
    return this.#services.get(service)?.revision ?? 0;
  }

  /** Does nothing for a service that is not in the namespace. */
  register(service: string, instance: Instance): void {
    const registered = this.#services.get(service);
    if (registered === undefined) return;
    registered.instances.set(instance.id, instance);
    registered.revision++;
    this.#onChange({ kind: "registered", service, instance });
  }

  /** Does nothing for an instance that is not registered, such as a task that never became ready. */
  deregister(service: string, id: string): void {
    const registered = this.#services.get(service);
    const instance = registered?.instances.get(id);
    if (registered === undefined || instance === undefined) return;
    registered.instances.delete(id);
    registered.revision++;
    this.#onChange({ kind: "deregistered", service, instance });
  }

  /** Does nothing for an instance that is not registered any more. */
  setHealth(service: string, id: string, healthy: boolean): void {
    const known = this.#services.get(service)?.instances.get(id);
    if (known === undefined || known.healthy === healthy) return;
    const instance = { ...known, healthy };
    this.#services.get(service)?.instances.set(id, instance);
    this.#onChange({ kind: "updated", service, instance });
  }
}

interface RegisteredService {
  readonly instances: Map<string, Instance>;
  revision: number;
}
