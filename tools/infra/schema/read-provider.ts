import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Terraform } from "../present/terraform.ts";
import type { ProviderSchema } from "./compact.ts";

const PROVIDER = "registry.terraform.io/hashicorp/aws";
const LIMIT_MS = 120_000;

/** Asks one version of the provider what it accepts. @throws Error with Terraform's words */
export async function readProviderSchema(terraform: Terraform, version: string): Promise<ProviderSchema> {
  const folder = join(terraform.folder, `schema-${version}`);
  mkdirSync(folder);
  writeFileSync(
    join(folder, "main.tf"),
    `terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws", version = "${version}" }\n  }\n}\n`,
  );
  const init = await terraform.run(["init", "-no-color"], LIMIT_MS, { folder });
  if (init.status !== 0) throw new Error(init.output);
  const schema = await terraform.run(["providers", "schema", "-json"], LIMIT_MS, { folder });
  if (schema.status !== 0) throw new Error(schema.output);
  const { provider_schemas: schemas } = JSON.parse(schema.stdout) as {
    provider_schemas: Record<string, ProviderSchema>;
  };
  const found = schemas[PROVIDER];
  if (found === undefined) throw new Error(`terraform printed no schema of ${PROVIDER}`);
  return found;
}
