/** The texts of the repository that people write. Generated files and files of a fixed text do not count. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { outputOf, ROOT } from "../check/tool.ts";

export interface Text {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

const WRITTEN =
  /\.(?:md|ts|mjs|json|jsonc|sh|ya?ml|proto|tf|tftest\.hcl|py|toml|example)$|^\.ci\/run$|(?:^|\/)Dockerfile$/;

/** The lockfile, generated code, and the states that Terraform makes. */
const NOT_WRITTEN = /^package-lock\.json$|\/gen\/|^infra\/states\//;

/** @throws Error without git: no file found is no result. */
export function readTracked(): readonly Text[] {
  return outputOf("git", ["ls-files"])
    .split("\n")
    .filter((file) => WRITTEN.test(file) && !NOT_WRITTEN.test(file) && existsSync(join(ROOT, file)))
    .map((file) => ({ file, text: readFileSync(join(ROOT, file), "utf8") }));
}

/** `packages/journal`, `services/api-gateway`, `tools`; `.` for a file at the top. */
export function workspaceOf(file: string): string {
  return /^(?:(?:packages|services)\/[^/]+|[^/]+)(?=\/)/.exec(file)?.[0] ?? ".";
}

/** A source of a workspace, without its tests. */
export function isSource(file: string): boolean {
  return (
    /^(?:packages|services)\/[^/]+\/src\/.*\.ts$/.test(file) && !/\.(?:test|test-d|contract|bench)\.ts$/.test(file)
  );
}
