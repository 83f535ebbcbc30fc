import { Instance } from "./block.ts";
import type { Module, State } from "./state.ts";

/** One region of a state, as checks read it. */
export class Region {
  /** Name of the state: `default`, or the variable that makes it different. */
  readonly state: string;
  /** `region`, `secondary[0]`. */
  readonly name: string;
  readonly instances: readonly Instance[];

  constructor(state: string, name: string, module: Module) {
    this.state = state;
    this.name = name;
    this.instances = Object.entries(module).map(([address, { values, after }]) => new Instance(address, values, after));
  }

  resources(...types: readonly string[]): readonly Instance[] {
    return this.instances.filter(({ type }) => types.includes(type));
  }

  /** The only resource of a type. @throws Error when there is another number of them */
  only(type: string): Instance {
    const [instance, ...others] = this.resources(type);
    if (instance === undefined || others.length > 0) throw new Error(`expected one ${type}`);
    return instance;
  }

  find(address: string | undefined): Instance | undefined {
    return this.instances.find((each) => each.address === address);
  }

  /** The AWS region: `us-east-1`. */
  get awsRegion(): string {
    return (
      this.resources("aws_subnet")[0]
        ?.text("availability_zone")
        .replace(/[a-z]$/, "") ?? "unknown"
    );
  }
}

/** The modules with ECS services. @throws Error when there is none */
export function regionsOf(name: string, state: State): readonly [Region, ...Region[]] {
  const [first, ...others] = Object.entries(state.modules)
    .map(([module, resources]) => new Region(name, module, resources))
    .filter((region) => region.resources("aws_ecs_service").length > 0);
  if (first === undefined) throw new Error(`infra/states/${name}.json has no ECS service`);
  return [first, ...others];
}
