/**
 * What Terraform would create, computed from the HCL alone: each resource with its instances, each of these with its
 * arguments evaluated as far as they can be before an apply. It is what the checks look at, so that they see through
 * locals, `for_each`, modules and functions as Terraform does.
 */

import { entriesOf, type Scope, withName } from "../hcl/evaluate.ts";
import { Namespace, toText, Unknown, type Value, type ValueObject } from "../hcl/value.ts";
import { evaluateJson } from "./body.ts";
import { addressOf, type Block, type Body, blocksOfKind, bodies, type Configuration, textOf } from "./configuration.ts";
import { dependenciesOf } from "./dependencies.ts";
import { createInstance, type Instance, referTo, suffix } from "./instance.ts";

export interface PlanOptions {
  /** Values of variables; the others take their defaults, and those without one stay unknown. */
  readonly variables?: ValueObject | undefined;
  /** What data sources answer in a region, by type and attribute. The rest of them stays unknown. */
  readonly data?: ((region: string) => Readonly<Record<string, ValueObject>>) | undefined;
  /** Region of the provider that a module is called with. The root's is that of its own `provider` block. */
  readonly region?: Value | undefined;
  /** Finds the configuration of a module by its `source`. */
  readonly modules: (source: string) => Configuration;
}

export class Plan {
  readonly #configuration: Configuration;
  readonly #options: PlanOptions;
  readonly #memory = new Map<string, Value>();
  readonly #busy = new Set<string>();
  readonly #modules = new Map<string, Plan>();
  readonly #instances = new Map<Block, readonly Instance[]>();

  constructor(configuration: Configuration, options: PlanOptions) {
    this.#configuration = configuration;
    this.#options = options;
  }

  /** Instances of one type of resource, or of all types, of this module and not of those it calls. */
  resources(type?: string): readonly Instance[] {
    const blocks = blocksOfKind(this.#configuration, "resource");
    return blocks.filter((block) => type === undefined || block.type === type).flatMap((block) => this.#expand(block));
  }

  /** The modules that this one calls, with their inputs evaluated, by `name` or `name["key"]`. */
  modules(): ReadonlyMap<string, Plan> {
    for (const block of blocksOfKind(this.#configuration, "module")) this.#callModule(block);
    return this.#modules;
  }

  /** Where the provider makes this module's resources; null when no provider says so. */
  region(): Value {
    return this.#options.region ?? this.#providerRegion(undefined);
  }

  /** The blocks that Terraform creates before this one, by address. */
  dependencies({ type, name }: Pick<Instance, "type" | "name">): ReadonlySet<string> {
    return dependenciesOf(this.#block("resource", type, name), this.#configuration);
  }

  output(name: string): Value {
    const block = this.#block("output", "", name);
    return this.#once(`output.${name}`, () => evaluateJson(block.body["value"] ?? null, this.#scope));
  }

  /** What the validations of the variables say against their values, as Terraform says it before it plans. */
  refusals(): readonly string[] {
    const variables = blocksOfKind(this.#configuration, "variable");
    const validations = variables.flatMap(({ body }) => bodies(body["validation"]));
    return validations
      .filter(({ condition }) => evaluateJson(condition ?? true, this.#scope) === false)
      .map(({ error_message: message }) => toText(evaluateJson(message ?? "", this.#scope)));
  }

  local(name: string): Value {
    const json = this.#configuration.locals[name];
    if (json === undefined) throw new Error(`there is no local.${name} in ${this.#configuration.folder}`);
    return this.#once(`local.${name}`, () => evaluateJson(json, this.#scope));
  }

  readonly #scope: Scope = (name) => {
    switch (name) {
      case "var":
        return new Namespace("var", (variable) => this.#variable(variable));
      case "local":
        return new Namespace("local", (local) => this.local(local));
      case "module":
        return new Namespace("module", (module) => this.#callModule(this.#block("module", "", module)));
      case "data":
        return new Namespace("data", (type) => new Namespace(`data.${type}`, (each) => this.#data(type, each)));
      case "path":
        return { module: ".", root: ".", cwd: "." };
      case "terraform":
        return { workspace: "default" };
      default:
        return this.#resourceType(name);
    }
  };

  #resourceType(type: string): Value | undefined {
    if (!blocksOfKind(this.#configuration, "resource").some((block) => block.type === type)) return undefined;
    return new Namespace(type, (name) => {
      const block = this.#block("resource", type, name);
      return asValue(block, this.#expand(block), (instance) => referTo(instance));
    });
  }

  #variable(name: string): Value {
    const { body } = this.#block("variable", "", name);
    const given = this.#options.variables?.[name];
    if (given !== undefined && (given !== null || body["nullable"] !== false)) return given;
    if (body["default"] === undefined) return new Unknown(`var.${name}`);
    return this.#once(`var.${name}`, () => evaluateJson(body["default"] ?? null, this.#scope));
  }

  #data(type: string, name: string): Value {
    const address = addressOf(this.#block("data", type, name));
    const answers = this.#options.data?.(toText(this.region()))[type] ?? {};
    return new Namespace(address, (attribute) => answers[attribute] ?? new Unknown(`${address}.${attribute}`));
  }

  #callModule(block: Block): Value {
    const keys = this.#keys(block);
    const call = ({ key, scope }: Key): Value => {
      const address = `${block.name}${suffix(key)}`;
      const plan = this.#modules.get(address) ?? this.#planModule(block, scope);
      this.#modules.set(address, plan);
      return new Namespace(`module.${address}`, (output) => plan.output(output));
    };
    return asValue(block, keys, call);
  }

  #planModule(block: Block, scope: Scope): Plan {
    const inputs = Object.entries(block.body).filter(([name]) => !MODULE_META.has(name));
    const variables = Object.fromEntries(inputs.map(([name, json]) => [name, evaluateJson(json, scope)]));
    const configuration = this.#options.modules(textOf(block.body["source"]));
    return new Plan(configuration, { ...this.#options, variables, region: this.#regionOfCall(block) });
  }

  /** A module works with the provider that it is handed, and without one with its caller's. */
  #regionOfCall({ body }: Block): Value {
    const { aws } = (body["providers"] ?? {}) as Body;
    const alias = /^\$\{aws\.(\w+)\}$/.exec(textOf(aws))?.[1];
    return alias === undefined ? this.region() : this.#providerRegion(alias);
  }

  #providerRegion(alias: string | undefined): Value {
    const providers = blocksOfKind(this.#configuration, "provider").filter(({ name }) => name === "aws");
    const provider = providers.find(({ body }) => body["alias"] === alias);
    return provider === undefined ? null : evaluateJson(provider.body["region"] ?? null, this.#scope);
  }

  #expand(block: Block): readonly Instance[] {
    const known = this.#instances.get(block);
    if (known !== undefined) return known;
    const instances = this.#keys(block).map(({ key, scope }) => createInstance(block, key, scope));
    this.#instances.set(block, instances);
    return instances;
  }

  /** One scope for each instance of a block. */
  #keys(block: Block): readonly Key[] {
    const { count, for_each: forEach } = block.body;
    if (count !== undefined) return this.#countKeys(evaluateJson(count, this.#scope));
    if (forEach === undefined) return [{ key: undefined, scope: this.#scope }];
    const source = evaluateJson(forEach, this.#scope);
    // What is unknown may well have elements: one stands for all.
    const entries = entriesOf(source) ?? [["?", source] as const];
    return entries.map(([name, value]) => {
      const key = Array.isArray(source) ? toText(value) : name;
      return { key, scope: withName(this.#scope, "each", { key, value }) };
    });
  }

  #countKeys(count: Value): readonly Key[] {
    const times = count instanceof Unknown ? 1 : Number(count);
    return Array.from({ length: times }, (_, index) => ({
      key: index,
      scope: withName(this.#scope, "count", { index }),
    }));
  }

  #block(kind: string, type: string, name: string): Block {
    const block = blocksOfKind(this.#configuration, kind).find((each) => each.type === type && each.name === name);
    if (block === undefined)
      throw new Error(`there is no ${addressOf({ kind, type, name })} in ${this.#configuration.folder}`);
    return block;
  }

  #once(name: string, compute: () => Value): Value {
    const known = this.#memory.get(name);
    if (known !== undefined) return known;
    if (this.#busy.has(name)) throw new Error(`${name} depends on itself`);
    this.#busy.add(name);
    try {
      const value = compute();
      this.#memory.set(name, value);
      return value;
    } finally {
      this.#busy.delete(name);
    }
  }
}

interface Key {
  readonly key: string | number | undefined;
  readonly scope: Scope;
}

const MODULE_META: ReadonlySet<string> = new Set(["source", "version", "providers", "count", "for_each", "depends_on"]);

/** What a reference to a block means: one, a list by `count`, or a map by `for_each`. */
function asValue<Each extends { readonly key: string | number | undefined }>(
  { body }: Block,
  instances: readonly Each[],
  toValue: (each: Each) => Value,
): Value {
  if (body["count"] !== undefined) return instances.map(toValue);
  if (body["for_each"] === undefined) return instances[0] === undefined ? null : toValue(instances[0]);
  return Object.fromEntries(instances.map((each) => [String(each.key), toValue(each)]));
}
