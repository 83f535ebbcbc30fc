import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { findProgram } from "@agent-team/test-support/find-program";
import { type Run, run } from "./program.ts";

const INIT_LIMIT_MS = 60_000;
const PROVIDER = "registry.terraform.io/hashicorp/aws";

/** Files that belong to the user or to Terraform, and are in no fresh clone. */
const NOT_COPIED =
  /^\.terraform$|^\.terraform\.lock\.hcl$|\.tfstate(?:\.backup)?$|\.tfplan$|^terraform\.tfvars$|\.auto\.tfvars$/;

/** A folder with the AWS provider, in the layout of Terraform's filesystem mirrors. */
interface ProviderMirror {
  readonly path: string;
  /** The versions for this platform, newest first. */
  readonly versions: readonly string[];
}

/** A temporary copy of `infra/` for Terraform. It is removed when the process ends. */
export class Workspace {
  /** A folder with the copy at `repository/infra`. */
  readonly folder: string = mkdtempSync(join(tmpdir(), "infra-"));
  readonly infra: string = join(this.folder, "repository", "infra");
  readonly providerVersion: string;
  readonly env: NodeJS.ProcessEnv;

  /** @throws Error naming what this machine lacks */
  constructor(infra: string) {
    process.on("exit", () => rmSync(this.folder, { recursive: true, force: true }));
    cpSync(infra, this.infra, { recursive: true, filter: (path) => !NOT_COPIED.test(basename(path)) });
    const mirror = findProviderMirror();
    if (mirror === undefined) throw new Error(missingForTerraform());
    this.providerVersion = mirror.versions[0] ?? "";
    this.env = {
      ...withoutTerraform(process.env),
      TF_CLI_CONFIG_FILE: "/dev/null",
      TF_CLI_ARGS_init: `'-plugin-dir=${mirror.path}'`,
      TF_IN_AUTOMATION: "1",
      CHECKPOINT_DISABLE: "1",
      // Most of Terraform's time is garbage collection of the provider's schema: a third less with a heap of five times it.
      GOGC: "400",
    };
  }

  /** With provider and modules installed for all tests. @throws Error with the output of init */
  static async initialized(infra: string): Promise<Workspace> {
    const workspace = new Workspace(infra);
    // Of the folders of tests only this one names modules.
    const args = ["init", "-backend=false", "-input=false", "-no-color", "-test-directory=tests/region"];
    const { status, output } = await workspace.terraform(args, INIT_LIMIT_MS);
    if (status !== 0) throw new Error(output.trim());
    return workspace;
  }

  terraform(args: readonly string[], limitMs: number, env: NodeJS.ProcessEnv = {}): Promise<Run> {
    return run("terraform", args, { folder: this.infra, env: { ...this.env, ...env }, limitMs });
  }
}

/** What this machine lacks for Terraform; undefined when it lacks nothing. */
export function missingForTerraform(): string | undefined {
  if (findProgram("terraform") === undefined) return "no terraform in PATH";
  if (findProviderMirror() === undefined)
    return "no provider mirror (TF_PLUGIN_MIRROR, Terraform's own folders, /opt/*)";
  return undefined;
}

/** The mirror at TF_PLUGIN_MIRROR; without that variable the first of Terraform's own folders and those below /opt. */
export function findProviderMirror(env: NodeJS.ProcessEnv = process.env): ProviderMirror | undefined {
  const home = env["HOME"] ?? "";
  const implied = [
    join(home, ".terraform.d", "plugins"),
    join(env["XDG_DATA_HOME"] ?? join(home, ".local", "share"), "terraform", "plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
  const named = env["TF_PLUGIN_MIRROR"];
  const candidates = named === undefined ? [...implied, ...globSync("/opt/*")] : [named];
  return candidates.map((path) => ({ path, versions: versionsIn(path) })).find(({ versions }) => versions.length > 0);
}

function versionsIn(path: string): readonly string[] {
  const folder = join(path, PROVIDER);
  if (!existsSync(folder)) return [];
  const system = process.platform === "win32" ? "windows" : process.platform;
  const platform = `${system}_${process.arch === "x64" ? "amd64" : process.arch}`;
  return readdirSync(folder)
    .filter((version) => existsSync(join(folder, version, platform)))
    .toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
}

/** Variables of the user's shell would change what is tested. */
function withoutTerraform(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:TF|AWS)_/.test(name)));
}
