/** One task as the registry knows it. */
export interface Instance {
  /** The task's id. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly zone: string;
}

export type RegistryChange =
  | { readonly kind: "registered"; readonly service: string; readonly instance: Instance }
  | { readonly kind: "deregistered"; readonly service: string; readonly instance: Instance };

/** Cloud Map: which instances each service of the namespace has. DNS shows its changes a little later. */
export class Registry {
  readonly namespace: string;
  readonly #services = new Map<string, Map<string, Instance>>();
  readonly #onChange: (change: RegistryChange) => void;

  constructor(namespace: string, onChange: (change: RegistryChange) => void) {
    this.namespace = namespace;
    this.#onChange = onChange;
  }

  register(service: string, instance: Instance): void {
    let instances = this.#services.get(service);
    if (instances === undefined) this.#services.set(service, (instances = new Map()));
    instances.set(instance.id, instance);
    this.#onChange({ kind: "registered", service, instance });
  }

  /** Does nothing for an instance that is not registered, such as a task that never became ready. */
  deregister(service: string, id: string): void {
    const instance = this.#services.get(service)?.get(id);
    if (instance === undefined) return;
    this.#services.get(service)?.delete(id);
    this.#onChange({ kind: "deregistered", service, instance });
  }

  instances(service: string): readonly Instance[] {
    return [...(this.#services.get(service)?.values() ?? [])];
  }
}
