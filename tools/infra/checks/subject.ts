/** What the checks look at: the HCL, and the plan that it comes to. */

import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import type { Value, ValueObject } from "../hcl/value.ts";
import { evaluateJson } from "../plan/body.ts";
import { addressOf, type Configuration, readConfiguration } from "../plan/configuration.ts";
import { foldersWithHcl } from "../plan/folders.ts";
import { parseFile } from "../plan/parse-file.ts";
import { Plan } from "../plan/plan.ts";
import { readSnapshots, type Snapshot } from "../schema/snapshot.ts";

export interface Subject {
  /** Where `infra/` is: the repository's, or a copy with a mistake in it. */
  readonly infra: string;
  /** By folder below `infra/`; the root is "". */
  readonly configurations: ReadonlyMap<string, Configuration>;
  readonly snapshots: readonly Snapshot[];
  /** What the example's variables come to, with some of them changed. */
  readonly plan: (variables?: ValueObject) => Plan;
}

export const ACCOUNT = "000000000000";

/** What the account and a region of it would answer. */
function answersIn(region: string): Readonly<Record<string, ValueObject>> {
  return {
    aws_availability_zones: { names: ["a", "b", "c"].map((zone) => `${region}${zone}`) },
    aws_caller_identity: { account_id: ACCOUNT },
    aws_partition: { partition: "aws", dns_suffix: "amazonaws.com" },
  };
}

/** @throws Error with file and line for what is no HCL */
export async function readSubject(infra: string): Promise<Subject> {
  const folders = foldersWithHcl(infra);
  const entries = await Promise.all(
    folders.map(async (folder) => [relative(infra, folder), await readConfiguration(folder)] as const),
  );
  const configurations = new Map(entries);
  const example = await readVariables(join(infra, "terraform.tfvars.example"));
  const plan = (variables: ValueObject = {}): Plan =>
    new Plan(configurationAt(configurations, ""), {
      // deploy.sh gives the tag.
      variables: { image_tag: "0123abc", ...example, ...variables },
      data: answersIn,
      modules: (source) => configurationAt(configurations, join(source)),
    });
  return { infra, configurations, snapshots: readSnapshots(infra), plan };
}

/** The values of a `.tfvars` file. */
export async function readVariables(path: string): Promise<ValueObject> {
  if (!existsSync(path)) throw new Error(`there is no ${path}`);
  const values = await parseFile(path);
  const nothing = (): undefined => undefined;
  return Object.fromEntries(
    Object.entries(values).map(([name, json]): [string, Value] => [name, evaluateJson(json, nothing)]),
  );
}

/** The plan of the first region. @throws Error when there is none */
export function regionOf(plan: Plan): Plan {
  const [region] = regionsOf(plan).values();
  if (region === undefined) throw new Error("no module of the root creates an aws_ecs_service");
  return region;
}

/** The modules of the plan that hold ECS services: each is a region. By the names of their calls. */
export function regionsOf(plan: Plan): ReadonlyMap<string, Plan> {
  return new Map([...plan.modules()].filter(([, each]) => each.resources("aws_ecs_service").length > 0));
}

/** Where a block stands, for people: `modules/region/ecs.tf: aws_ecs_service.this`. */
export function placeOf(folder: string, block: Parameters<typeof addressOf>[0] & { readonly file: string }): string {
  return `${join(folder, block.file)}: ${addressOf(block)}`;
}

function configurationAt(configurations: ReadonlyMap<string, Configuration>, folder: string): Configuration {
  const configuration = configurations.get(folder === "." ? "" : folder);
  if (configuration === undefined) throw new Error(`there is no HCL in ${folder}`);
  return configuration;
}
