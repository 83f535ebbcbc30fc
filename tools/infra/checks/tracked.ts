/** Files that must never be committed, and steps that hide a failure. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, ROOT, tool } from "../../check/tool.ts";
import type { Findings } from "./findings.ts";

export interface TrackedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

const FORBIDDEN_PATH =
  /\.tfstate(?:\.|$)|\.tfplan$|(?:^|\/)tfplan$|(?:^|\/)\.terraform(?:\/|\.lock\.hcl$)|(?:^|\/)terraform\.tfvars$|\.auto\.tfvars$/;
const TEXT = /\.(?:tf|hcl|tfvars|example|sh|ya?ml|json|md|ts|mjs)$|(?:^|\/)Dockerfile$|^\.ci\//;

/** Twelve digits, other than the ids that documents use as examples. */
const ACCOUNT_ID = /(?<![\w.-])(?!(\d)\1{11}|123456789012|210987654321)\d{12}(?![\w.-])/;
const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/;

/** A step that continues after its failure. */
const HIDDEN_FAILURE = /^\s*(?:npm|npx|node|vitest|terraform|bats|shellcheck)\b[^\n|]*\|\|\s*(?:echo|true|:)/m;

/** A tag that leads to another image later. */
const LATEST = /:latest\b/;

export function* checkTracked(): Findings {
  if (tool("git", ["check-ignore", "-q", "--no-index", "infra/terraform.tfvars"]) !== "")
    yield "infra/terraform.tfvars is not ignored by git: its secrets would be committed";
  const paths = outputOf("git", ["ls-files", "-co", "--exclude-standard"]).split("\n");
  for (const path of paths.filter((each) => TEXT.test(each) || FORBIDDEN_PATH.test(each))) {
    if (existsSync(join(ROOT, path))) yield* problemsOf({ path, text: readFileSync(join(ROOT, path), "utf8") });
  }
}

/** What is wrong with one file of the repository. */
export function* problemsOf({ path, text }: TrackedFile): Findings {
  const isAboutAws = /^(?:infra|docs|tools\/deploy|\.ci)\/|Dockerfile$/.test(path);
  const isRun = /\.(?:sh|ya?ml)$|^package\.json$|^\.ci\/|Dockerfile$/.test(path);
  if (FORBIDDEN_PATH.test(path)) yield `${path} holds Terraform's data, with secrets and account ids`;
  if (isAboutAws && ACCOUNT_ID.test(text)) yield `${path}: an account id`;
  if (ACCESS_KEY.test(text)) yield `${path}: an access key`;
  if (isRun && HIDDEN_FAILURE.test(text)) yield `${path}: a step whose failure is hidden by ||`;
  if (isRun && LATEST.test(text)) yield `${path}: an image with the tag latest`;
}
