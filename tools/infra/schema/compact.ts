/** From what `terraform providers schema -json` prints to a snapshot: what the check asks for, and nothing else. */

import type { BlockSchema, NestedSchema, Snapshot } from "./snapshot.ts";

/** The part of Terraform's JSON that we read. */
export interface ProviderSchema {
  readonly resource_schemas: Readonly<Record<string, { readonly block: ProviderBlock }>>;
  readonly data_source_schemas: Readonly<Record<string, { readonly block: ProviderBlock }>>;
}

interface ProviderBlock {
  readonly attributes?: Readonly<Record<string, ProviderAttribute>>;
  readonly block_types?: Readonly<Record<string, ProviderNested>>;
}

interface ProviderAttribute {
  readonly type?: ProviderType;
  readonly required?: boolean;
  readonly optional?: boolean;
  readonly deprecated?: boolean;
}

interface ProviderNested {
  readonly block: ProviderBlock;
  readonly min_items?: number;
  readonly max_items?: number;
}

/** `"string"`, `["list", "string"]`, `["object", { … }]`. */
type ProviderType = string | readonly [string, ProviderType | Readonly<Record<string, ProviderType>>];

export interface Types {
  readonly resources: readonly string[];
  readonly data: readonly string[];
}

/** @throws Error naming a type that the provider does not have */
export function toSnapshot(version: string, schema: ProviderSchema, types: Types): Snapshot {
  return {
    version,
    resources: pick(schema.resource_schemas, types.resources),
    data: pick(schema.data_source_schemas, types.data),
  };
}

function pick(
  schemas: Readonly<Record<string, { readonly block: ProviderBlock }>>,
  types: readonly string[],
): Record<string, BlockSchema> {
  const sorted = [...new Set(types)].toSorted();
  return Object.fromEntries(
    sorted.map((type) => {
      const schema = schemas[type];
      if (schema === undefined) throw new Error(`the provider has no ${type}`);
      return [type, compactBlock(schema.block)];
    }),
  );
}

function compactBlock({ attributes = {}, block_types: nested = {} }: ProviderBlock): BlockSchema {
  const all = Object.entries(attributes);
  const group = (belongs: (attribute: ProviderAttribute) => boolean | undefined): Record<string, string> =>
    Object.fromEntries(all.filter(([, each]) => belongs(each)).map(([name, each]) => [name, typeText(each.type)]));
  return dropEmpty({
    required: group((each) => each.required),
    optional: group((each) => each.optional),
    computed: group((each) => !each.required && !each.optional),
    deprecated: all.filter(([, each]) => each.deprecated).map(([name]) => name),
    blocks: Object.fromEntries(Object.entries(nested).map(([name, each]) => [name, compactNested(each)])),
  });
}

function compactNested({ block, min_items: min, max_items: max }: ProviderNested): NestedSchema {
  return { ...(min && { min }), ...(max && { max }), ...compactBlock(block) };
}

function dropEmpty(schema: Required<BlockSchema>): BlockSchema {
  return Object.fromEntries(Object.entries(schema).filter(([, group]) => Object.keys(group).length > 0));
}

function typeText(type: ProviderType | undefined): string {
  if (type === undefined) return "object"; // a nested attribute, which only provider 6 has, and we use none
  if (typeof type === "string") return type;
  const [kind, of] = type;
  return kind === "object" ? "object" : `${kind}(${typeText(of as ProviderType)})`;
}
