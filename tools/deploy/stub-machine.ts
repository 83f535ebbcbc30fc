/**
 * A machine for `deploy.sh`: its own files, the small tools of every Unix, and stubs of the programs that reach the network.
 * A stub logs its call, and does what the test defines.
 */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { ROOT } from "../check/tool.ts";

/** The only programs of the system in PATH: with any other one that the script calls, every test fails. */
const UNIX_TOOLS = [
  "bash",
  "cat",
  "cut",
  "date",
  "dirname",
  "env",
  "find",
  "grep",
  "head",
  "mktemp",
  "rm",
  "sed",
  "sort",
  "tail",
  "tee",
  "tr",
];
const STUBS = ["aws", "docker", "git", "npm", "sleep", "terraform"];

/** Logs the call, then does what the first matching pattern defines. `nth` counts the calls with that beginning. */
const STUB = `#!/usr/bin/env bash
call="\${0##*/} $*"
printf '%s\\n' "$call" >> "$STUB_LOG"
nth() { grep -c -F -- "$1" "$STUB_LOG"; }
case "$call" in
ANSWERS
esac
`;

/** The answers of a healthy account and a clean tree. `$call` is the command line. */
const HEALTHY: Answers = {
  "terraform version": "echo 'Terraform v1.11.4'",
  "terraform -chdir=* console*": `echo '"agent-team-production production X86_64 us-east-1"'`,
  "terraform -chdir=* plan *": "echo 'Plan: 92 to add, 0 to change, 0 to destroy.'; exit 2",
  "terraform -chdir=* output -raw *": "printf '\\nWarning: No outputs found\\n\\nThe state file has no outputs.\\n'",
  "aws sts get-caller-identity *": "echo 123456789012",
  "aws ecr describe-images *": "echo 'An error occurred (ImageNotFoundException)' >&2; exit 254",
  "aws ecr describe-repositories *--query*":
    "echo 123456789012.dkr.ecr.us-east-1.amazonaws.com/agent-team-production/workflow-engine",
  "aws ecs describe-services *services[0].taskDefinition*": "echo arn:task-definition",
  "aws ecs describe-services *targetGroupArn*": "echo arn:target-group",
  "aws ecs describe-services *": "printf 'ACTIVE\t2\t2\tCOMPLETED\n'",
  "aws ecs describe-task-definition *": "echo registry/agent-team-production/service:0123456789ab-x86_64",
  "git * rev-parse --short=12 HEAD": "echo 0123456789ab",
  "git * rev-parse HEAD": "echo 0123456789abcdef",
};

/** The stub's commands, by the pattern of a call for `case`. */
export type Answers = Readonly<Record<string, string>>;

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The calls in order, without the names of the temporary folders. */
  readonly calls: readonly string[];
}

export class StubMachine {
  readonly root: string = mkdtempSync(join(tmpdir(), "deploy-sh-"));
  readonly #bin: string = join(this.root, "bin");
  readonly #log: string = join(this.root, "calls.log");

  /** `answers` precede those of a healthy machine. */
  constructor(answers: Answers = {}) {
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    for (const folder of ["bin", "tmp", "repo/infra"]) mkdirSync(join(this.root, folder), { recursive: true });
    for (const name of ["deploy.sh", "deploy"])
      cpSync(join(ROOT, "infra", name), join(this.infra, name), { recursive: true });
    writeFileSync(join(this.infra, "terraform.tfvars"), "");
    for (const tool of UNIX_TOOLS) symlinkSync(whereIs(tool), join(this.#bin, tool));
    const cases = Object.entries({ ...answers, ...HEALTHY, ...answers }).map(
      ([pattern, does]) => `${escape(pattern)}) ${does} ;;`,
    );
    for (const stub of STUBS) {
      writeFileSync(
        join(this.#bin, stub),
        STUB.replace("ANSWERS", () => cases.join("\n")),
      );
      chmodSync(join(this.#bin, stub), 0o755);
    }
  }

  get infra(): string {
    return join(this.root, "repo", "infra");
  }

  /** Removes a program. */
  without(program: string): this {
    rmSync(join(this.#bin, program));
    return this;
  }

  run(args: readonly string[], options: { cwd?: string; env?: Readonly<Record<string, string>> } = {}): Run {
    return this.#spawn("bash", [this.#script, ...args], { input: "", ...options });
  }

  /** Runs it on a terminal with this input. */
  runOnTerminal(args: readonly string[], input: string): Run {
    return this.#spawn("/usr/bin/script", ["-qec", ["bash", this.#script, ...args].join(" "), "/dev/null"], { input });
  }

  get #script(): string {
    return join(this.infra, "deploy.sh");
  }

  #spawn(
    program: string,
    args: readonly string[],
    options: { readonly input: string; readonly cwd?: string; readonly env?: Readonly<Record<string, string>> },
  ): Run {
    const { status, stdout, stderr } = spawnSync(program, args, {
      cwd: options.cwd ?? this.infra,
      env: { PATH: this.#bin, STUB_LOG: this.#log, TMPDIR: join(this.root, "tmp"), SHELL: "/bin/bash", ...options.env },
      encoding: "utf8",
      input: options.input,
      timeout: 20_000,
    });
    const calls = existsSync(this.#log) ? readFileSync(this.#log, "utf8").trimEnd().split("\n") : [];
    return { code: status, stdout, stderr, calls: calls.map((call) => this.#shorten(call)) };
  }

  #shorten(call: string): string {
    return call.replaceAll(/tmp\/deploy\.\w+/g, "tmp").replaceAll(`${this.root}/`, "");
  }
}

/** Escapes all special characters of a pattern but `*`. */
function escape(pattern: string): string {
  return pattern.replaceAll(/[^*\w]/g, "\\$&");
}

function whereIs(tool: string): string {
  const folder = ["/bin", "/usr/bin", "/usr/local/bin"].find((candidate) => existsSync(join(candidate, tool)));
  if (folder === undefined) throw new Error(`this machine has no ${tool}`);
  return join(folder, tool);
}
