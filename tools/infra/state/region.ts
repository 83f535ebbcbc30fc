/** One region of a state, as checks read it. */

import { type Json, type JsonObject, textsIn, toText } from "./json.ts";
import type { Module, State } from "./state.ts";

export interface Instance {
  /** Within its region: `aws_ecs_service.this["api-gateway"]`. */
  readonly address: string;
  readonly type: string;
  /** Of `for_each`: `api-gateway`. */
  readonly key: string | undefined;
  readonly values: JsonObject;
  /** Addresses of the blocks that were created before. */
  readonly after: readonly string[];
}

export class Region {
  /** Name of the state: `default`, or what differs from it. */
  readonly state: string;
  /** `region`, `secondary[0]`. */
  readonly name: string;
  readonly instances: readonly Instance[];

  constructor(state: string, name: string, module: Module) {
    this.state = state;
    this.name = name;
    this.instances = Object.entries(module).map(([address, { values, after = [] }]) => ({
      address,
      type: address.split(".")[0] ?? "",
      key: /\["(.*)"\]$/.exec(address)?.[1],
      values,
      after,
    }));
  }

  resources(type: string): readonly Instance[] {
    return this.instances.filter((instance) => instance.type === type);
  }

  /** The one resource of a type. @throws Error when there is another number of them */
  only(type: string): Instance {
    const [instance, ...others] = this.resources(type);
    if (instance === undefined || others.length > 0) throw new Error(`${others.length} more of ${type}: expected one`);
    return instance;
  }

  /** Where the region is, by the zones of its provider. */
  get place(): string {
    const zones = this.resources("aws_subnet").map(({ values }) => toText(values["availability_zone"]));
    return zones[0]?.replace(/[a-z]$/, "") ?? "nowhere";
  }
}

/** The modules with ECS services. @throws Error when there is none */
export function regionsOf(name: string, state: State): readonly Region[] {
  const regions = Object.entries(state.modules)
    .map(([module, resources]) => new Region(name, module, resources))
    .filter((region) => region.resources("aws_ecs_service").length > 0);
  if (regions.length === 0) throw new Error(`infra/states/${name}.json has no ECS service`);
  return regions;
}

/** The first region of a state. */
export function regionOf(name: string, state: State): Region {
  const [region] = regionsOf(name, state);
  if (region === undefined) throw new Error(`infra/states/${name}.json has no region`);
  return region;
}

/** An attribute that AWS gives a value: `aws_security_group.this["alb"].id`. */
const ORIGIN = /\b(aws_\w+\.\w+(?:\[(?:\d+|"[^"]+")\])?)\.\w+/g;

/** The resources that a value comes from: `aws_security_group.this["alb"]` of `….id`. */
export function resourcesIn(value: Json | undefined): readonly string[] {
  const texts = textsIn(value ?? null).map(({ text }) => text);
  return texts.flatMap((text) => [...text.matchAll(ORIGIN)].map((match) => match[1] ?? ""));
}
