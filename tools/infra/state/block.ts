import { isObject, type Json, type JsonObject, listOf, textsIn, toText } from "./json.ts";

/** A value that AWS assigns: `aws_security_group.this["alb"].id`. */
const ORIGIN = /\b(aws_\w+\.\w+(?:\[(?:\d+|"[^"]+")\])?)\.\w+/g;

/** The arguments of a resource, or of a block in one. */
export class Block {
  readonly values: JsonObject;

  constructor(values: JsonObject) {
    this.values = values;
  }

  has(name: string): boolean {
    return name in this.values;
  }

  /** The empty text when it is not set. */
  text(name: string): string {
    return toText(this.values[name]);
  }

  /** NaN when it is not set. */
  number(name: string): number {
    return Number(this.values[name]);
  }

  texts(name: string): readonly string[] {
    return listOf(this.values[name]).map(toText);
  }

  /** Addresses of the resources that a value comes from. */
  refs(name: string): readonly string[] {
    return resourcesIn(this.values[name]);
  }

  /** All blocks at the end of a path: `blocks("dns_config", "dns_records")`. */
  blocks(...path: readonly string[]): readonly Block[] {
    const inner = ({ values }: Block, name: string): readonly Block[] =>
      listOf(values[name]).flatMap((each) => (isObject(each) ? [new Block(each)] : []));
    return path.reduce<readonly Block[]>((blocks, name) => blocks.flatMap((each) => inner(each, name)), [this]);
  }

  /** The first of them, or an empty one. */
  block(...path: readonly string[]): Block {
    return this.blocks(...path)[0] ?? new Block({});
  }
}

/** A resource of a region. */
export class Instance extends Block {
  /** Within its region: `aws_ecs_service.this["api-gateway"]`. */
  readonly address: string;
  readonly type: string;
  /** The key of `for_each`: `api-gateway`. */
  readonly key: string | undefined;
  /** Addresses of the resources that were created before it, without their keys. */
  readonly after: readonly string[];

  constructor(address: string, values: JsonObject, after: readonly string[] = []) {
    super(values);
    this.address = address;
    this.type = address.split(".")[0] ?? "";
    this.key = /\["(.*)"\]$/.exec(address)?.[1];
    this.after = after;
  }
}

/** `aws_security_group.this["alb"]` for a value `aws_security_group.this["alb"].id`. */
export function resourcesIn(value: Json | undefined): readonly string[] {
  return textsIn(value ?? null).flatMap(({ text }) => [...text.matchAll(ORIGIN)].map((match) => match[1] ?? ""));
}
