import type { Scope } from "../hcl/evaluate.ts";
import { addressesIn, isObject, Namespace, Unknown, type Value, type ValueObject } from "../hcl/value.ts";
import { evaluateJson } from "./body.ts";
import { addressOf, type Block, type Body, bodies, textOf } from "./configuration.ts";

/** One resource as it would exist. */
export interface Instance {
  /** Within its module: `aws_ecs_service.this["api-gateway"]`. */
  readonly address: string;
  readonly type: string;
  readonly name: string;
  readonly key: string | number | undefined;
  /** @throws Error when an argument cannot be evaluated, naming the resource */
  readonly values: ValueObject;
  /** Arguments that Terraform leaves as they are once the resource exists: `lifecycle { ignore_changes }`. */
  readonly ignored: readonly string[];
}

/** Names of what is written in a block and has a value of its own. */
const NOT_VALUES: ReadonlySet<string> = new Set([
  "lifecycle",
  "provider",
  "depends_on",
  "dynamic",
  "count",
  "for_each",
]);

/**
 * One instance of a block. Its arguments are evaluated when they are asked for, since one may name another resource
 * whose other argument names this one.
 */
export function createInstance(block: Block, key: Instance["key"], scope: Scope): Instance {
  const address = `${addressOf(block)}${suffix(key)}`;
  const dynamic = (block.body["dynamic"] ?? {}) as Body;
  const names = [...Object.keys(block.body), ...Object.keys(dynamic)].filter((name) => !NOT_VALUES.has(name));
  const valueOf = (name: string): Value => {
    const own = block.body[name];
    const generated = dynamic[name];
    const body: Body = {
      ...(own !== undefined && { [name]: own }),
      ...(generated !== undefined && { dynamic: { [name]: generated } }),
    };
    try {
      return (evaluateJson(body, scope) as ValueObject)[name] ?? null;
    } catch (error) {
      throw new Error(`${address}.${name}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  };
  const values = lazy([...new Set(names)], valueOf);
  return { address, type: block.type, name: block.name, key, values, ignored: ignoredIn(block) };
}

/** Names are written without quotes, and parsed as references. */
function ignoredIn({ body }: Block): readonly string[] {
  const ignored = bodies(body["lifecycle"]).flatMap(({ ignore_changes: names }) => names ?? []);
  return ignored.map((name) => textOf(name).replace(/^\$\{(.*)\}$/, "$1"));
}

/** An argument has the value that is written there; what is not written is told after the apply. */
export function referTo(instance: Instance): Namespace {
  return new Namespace(instance.address, (attribute) => {
    const value = Object.hasOwn(instance.values, attribute) ? instance.values[attribute] : undefined;
    return value === undefined || value === null ? new Unknown(`${instance.address}.${attribute}`) : value;
  });
}

function lazy(names: readonly string[], compute: (name: string) => Value): ValueObject {
  const memory = new Map<string, Value>();
  const valueOf = (name: string): Value => {
    const value = memory.get(name) ?? compute(name);
    memory.set(name, value);
    return value;
  };
  const descriptors = names.map((name) => [name, { enumerable: true, get: () => valueOf(name) }] as const);
  return Object.defineProperties({}, Object.fromEntries(descriptors)) as ValueObject;
}

export function suffix(key: string | number | undefined): string {
  return key === undefined ? "" : `[${JSON.stringify(key)}]`;
}

/** The nested blocks of an instance by that name. */
export function blocksIn(values: ValueObject, name: string): readonly ValueObject[] {
  const value = values[name];
  return Array.isArray(value) ? value.filter((each: Value) => isObject(each)) : [];
}

/** The resources that a value comes from: `aws_security_group.this["alb"]` of `….id`. */
export function resourcesIn(value: Value | undefined): readonly string[] {
  return addressesIn(value ?? null)
    .flatMap((address) => address.split(" "))
    .map((address) => address.replace(/\.\w+$/, ""));
}
