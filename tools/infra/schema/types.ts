import { blocksOfKind, readConfiguration } from "../plan/configuration.ts";
import { foldersWithHcl } from "../plan/folders.ts";
import type { Types } from "./compact.ts";

/** The types of the AWS provider that the HCL uses, its modules included. */
export async function readTypes(infra: string): Promise<Types> {
  const configurations = await Promise.all(foldersWithHcl(infra).map(readConfiguration));
  const typesOf = (kind: string): string[] => {
    const types = configurations.flatMap((each) => blocksOfKind(each, kind).map(({ type }) => type));
    return [...new Set(types)].filter((type) => type.startsWith("aws_")).toSorted();
  };
  return { resources: typesOf("resource"), data: typesOf("data") };
}
