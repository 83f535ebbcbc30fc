/**
 * The text of the HCL, for what no state shows. It is read line by line, as `terraform fmt` writes it: a block begins in the
 * first column and ends with `}` there, an argument is indented by two spaces. Nothing is evaluated.
 */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Files below `infra/`, by their path. */
export type HclText = ReadonlyMap<string, string>;

/** `variable "name" {` with the text between its braces. */
export interface TextBlock {
  readonly file: string;
  /** Of a resource its type and its name: `aws_lb.grpc`. */
  readonly name: string;
  readonly body: string;
}

export function readHcl(infra: string): HclText {
  const files = globSync(["*.tf", "modules/**/*.tf", "examples/*.tfvars", "terraform.tfvars.example"], { cwd: infra });
  return new Map(files.toSorted().map((file) => [file, readFileSync(join(infra, file), "utf8")]));
}

/** The files of values: all but the .tf files. */
export function valuesFilesIn(hcl: HclText): readonly (readonly [file: string, text: string])[] {
  return [...hcl].filter(([file]) => !file.endsWith(".tf"));
}

/** The blocks of a kind in a folder; the root is "". */
export function blocksOfKind(hcl: HclText, kind: string, folder = ""): readonly TextBlock[] {
  const files = [...hcl].filter(([file]) => file.endsWith(".tf") && file.split("/").slice(0, -1).join("/") === folder);
  const block = new RegExp(`^${kind}((?: "[^"]+")*) \\{\\n([^]*?)^\\}`, "gm");
  return files.flatMap(([file, text]) =>
    [...text.matchAll(block)].map(([, labels = "", body = ""]) => ({
      file,
      name: [...labels.matchAll(/"([^"]+)"/g)].map((match) => match[1]).join("."),
      body,
    })),
  );
}

/** The text of an argument of a block, over as many lines as it has; undefined when it is not set. */
export function argumentOf({ body }: TextBlock, name: string): string | undefined {
  return new RegExp(`^  ${name} *= ([^]*?)(?=\\n(?:  \\w|  #|\\n|$)|\\n?$(?![^]))`, "m").exec(body)?.[1]?.trim();
}

/** The value of an argument that is a text in quotes. */
export function textOf(block: TextBlock, name: string): string | undefined {
  const text = argumentOf(block, name);
  return text?.startsWith('"') === true ? (JSON.parse(text) as string) : undefined;
}
