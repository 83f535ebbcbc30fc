/** What must never be committed, and what must not be believed when it is. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, ROOT, tool } from "../../check/tool.ts";

export interface TrackedFile {
  /** Relative to the repository. */
  readonly path: string;
  readonly text: string;
}

const FORBIDDEN_PATH =
  /\.tfstate(?:\.|$)|\.tfplan$|(?:^|\/)tfplan$|(?:^|\/)\.terraform(?:\/|\.lock\.hcl$)|(?:^|\/)terraform\.tfvars$|\.auto\.tfvars$/;

/** The ids that documents use as examples. */
const ACCOUNT_ID = /(?<![\w.-])(?!(\d)\1{11}|123456789012|210987654321)\d{12}(?![\w.-])/;
const ACCESS_KEY = /\b(?:AKIA|ASIA)[A-Z\d]{16}\b/;

/** A step that failed and says it was skipped. */
const HIDDEN_FAILURE = /^\s*(?:npm|npx|node|vitest|terraform|bats|shellcheck)\b[^\n|]*\|\|\s*(?:echo|true|:)/m;

/** An image that is another one tomorrow. */
const LATEST = /:latest\b/;

export function checkTracked(): readonly string[] {
  const paths = outputOf("git", ["ls-files", "-co", "--exclude-standard"])
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(ROOT, path)));
  const findings = paths.filter(
    (path) =>
      /\.(?:tf|hcl|tfvars|example|sh|ya?ml|json|md|ts|mjs)$|(?:^|\/)Dockerfile$|^\.ci\//.test(path) ||
      FORBIDDEN_PATH.test(path),
  );
  const ignored =
    tool("git", ["check-ignore", "-q", "--no-index", "infra/terraform.tfvars"]) === ""
      ? []
      : ["infra/terraform.tfvars is not ignored by git: its secrets would be committed"];
  return [
    ...ignored,
    ...findings.flatMap((path) => problemsOf({ path, text: readFileSync(join(ROOT, path), "utf8") })),
  ];
}

/** What is wrong with one file of the repository. */
export function problemsOf({ path, text }: TrackedFile): readonly string[] {
  if (FORBIDDEN_PATH.test(path)) return [`${path} holds what Terraform knows, secrets and account ids among it`];
  const isAboutAws = /^(?:infra|docs|tools\/deploy|\.ci)\/|Dockerfile$/.test(path);
  const isRun = /\.(?:sh|ya?ml)$|^package\.json$|^\.ci\/|Dockerfile$/.test(path);
  return [
    ...(isAboutAws && ACCOUNT_ID.test(text) ? [`${path}: an account id`] : []),
    ...(ACCESS_KEY.test(text) ? [`${path}: an access key`] : []),
    ...(isRun && HIDDEN_FAILURE.test(text) ? [`${path}: a step whose failure is hidden by ||`] : []),
    ...(isRun && LATEST.test(text) ? [`${path}: an image with the tag latest`] : []),
  ];
}
