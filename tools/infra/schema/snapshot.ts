/** What a version of the AWS provider accepts, for the types that `infra/` uses: small enough to be committed. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Snapshot {
  /** Of the provider. */
  readonly version: string;
  readonly resources: Readonly<Record<string, BlockSchema>>;
  readonly data: Readonly<Record<string, BlockSchema>>;
}

/** Arguments by whether they must be written, may be, or cannot; each with its type as Terraform writes it. */
export interface BlockSchema {
  readonly required?: Readonly<Record<string, string>>;
  readonly optional?: Readonly<Record<string, string>>;
  /** Told by AWS only. */
  readonly computed?: Readonly<Record<string, string>>;
  readonly deprecated?: readonly string[];
  readonly blocks?: Readonly<Record<string, NestedSchema>>;
}

export interface NestedSchema extends BlockSchema {
  readonly min?: number;
  readonly max?: number;
}

/** All committed snapshots. @throws Error when there is none, since a check against nothing finds nothing */
export function readSnapshots(infra: string): readonly Snapshot[] {
  const files = globSync("schema/aws-*.json", { cwd: infra });
  if (files.length === 0) throw new Error("infra/schema holds no aws-*.json: npm run infra:schema writes it");
  return files.toSorted().map((file) => JSON.parse(readFileSync(join(infra, file), "utf8")) as Snapshot);
}

/** Type of an attribute, whoever sets it. */
export function typeOf(schema: BlockSchema, name: string): string | undefined {
  return [schema.required, schema.optional, schema.computed]
    .map((group) => group?.[name])
    .find((type) => type !== undefined);
}
