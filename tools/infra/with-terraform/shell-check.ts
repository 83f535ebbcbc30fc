import { globSync } from "node:fs";
import { findProgram } from "@agent-team/test-support/find-program";
import type { Check } from "../check.ts";
import { run } from "./program.ts";

const LIMIT_MS = 60_000;

/** Runs ShellCheck over the shell scripts of `infra/`. */
export function shellCheck(infra: string): Check {
  return {
    name: "shellcheck",
    missing: () => (findProgram("shellcheck") === undefined ? "no shellcheck in PATH" : undefined),
    loss: "the traps of bash in deploy.sh",
    run: async () => {
      const scripts = globSync("**/*.sh", { cwd: infra }).toSorted();
      if (scripts.length === 0) return { findings: ["infra/ holds no .sh file"] };
      const args = ["--external-sources", ...scripts];
      const { status, output } = await run("shellcheck", args, { folder: infra, limitMs: LIMIT_MS });
      return { findings: status === 0 ? [] : [output.trim()], note: `${scripts.length} scripts` };
    },
  };
}
