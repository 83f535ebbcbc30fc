import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { findProgram } from "@agent-team/test-support/find-program";
import { type Run, run } from "./program.ts";
import { findProviderMirror, type ProviderMirror, writeCliConfiguration } from "./provider-mirror.ts";
import { createTemporaryFolder, remove } from "./temporary-folder.ts";

/** Terraform with the providers of a mirror, working in a temporary folder that goes with `dispose`. */
export class Terraform implements Disposable {
  readonly program: string;
  readonly mirror: ProviderMirror;
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(program: string, mirror: ProviderMirror) {
    this.program = program;
    this.mirror = mirror;
    this.folder = createTemporaryFolder();
    this.env = {
      ...withoutTerraform(process.env),
      // An inherited one may point nowhere, and then Terraform warns in each output.
      TF_CLI_CONFIG_FILE: writeCliConfiguration(this.folder, mirror),
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
    };
  }

  /** Runs one command in a folder below ours. */
  run(
    args: readonly string[],
    limitMs: number,
    options: { folder?: string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Run> {
    const env = { ...this.env, ...options.env };
    return run(this.program, args, { folder: options.folder ?? this.folder, env, limitMs });
  }

  /** A copy of `infra/` to work on, as a fresh clone holds it: no state, no variables of this machine. */
  copy(infra: string, name = "infra"): string {
    const folder = join(this.folder, name);
    cpSync(infra, folder, { recursive: true, filter: (path) => !LEFT_BEHIND.test(basename(path)) });
    return folder;
  }

  [Symbol.dispose](): void {
    remove(this.folder);
  }
}

const LEFT_BEHIND =
  /^\.terraform$|^\.terraform\.lock\.hcl$|\.tfstate(?:\.backup)?$|\.tfplan$|^terraform\.tfvars$|\.auto\.tfvars$/;

/** What is missing for Terraform to run here; nothing when it can. */
export function missingForTerraform(): string | undefined {
  if (findProgram("terraform") === undefined) return "no terraform in PATH";
  if (findProviderMirror() === undefined)
    return "no provider mirror (TF_PLUGIN_MIRROR, Terraform's own folders, /opt/*)";
  return undefined;
}

/** @throws Error naming what is missing */
export function createTerraform(): Terraform {
  const program = findProgram("terraform");
  const mirror = findProviderMirror();
  if (program === undefined || mirror === undefined) throw new Error(missingForTerraform());
  return new Terraform(program, mirror);
}

/** Variables of the caller's shell would change what is tested. */
function withoutTerraform(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:TF|AWS)_/.test(name)));
}
