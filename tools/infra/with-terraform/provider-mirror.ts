import { existsSync, globSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const PROVIDER = "registry.terraform.io/hashicorp/aws";

/** A folder that holds the AWS provider, laid out as Terraform's filesystem mirrors are. */
export interface ProviderMirror {
  readonly path: string;
  /** Of those that run here, newest first. */
  readonly versions: readonly string[];
}

/** Where a mirror may be: where TF_PLUGIN_MIRROR says, where Terraform itself looks, or below /opt. */
export function findProviderMirror(env: NodeJS.ProcessEnv = process.env): ProviderMirror | undefined {
  const home = env["HOME"] ?? "";
  const implied = [
    join(home, ".terraform.d", "plugins"),
    join(env["XDG_DATA_HOME"] ?? join(home, ".local", "share"), "terraform", "plugins"),
    "/usr/local/share/terraform/plugins",
    "/usr/share/terraform/plugins",
  ];
  const named = env["TF_PLUGIN_MIRROR"];
  // Who names a folder means that one: looking elsewhere too would hide a typing error.
  const candidates = named === undefined ? [...implied, ...globSync("/opt/*")] : [named];
  return candidates.map((path) => ({ path, versions: versionsIn(path) })).find(({ versions }) => versions.length > 0);
}

/** Writes a CLI configuration that takes providers from the mirror and from nowhere else. Returns its path. */
export function writeCliConfiguration(folder: string, mirror: ProviderMirror): string {
  const path = join(folder, "terraform.tfrc");
  writeFileSync(
    path,
    `disable_checkpoint = true

provider_installation {
  filesystem_mirror {
    path    = ${JSON.stringify(mirror.path)}
    include = ["registry.terraform.io/*/*"]
  }
  direct {
    exclude = ["registry.terraform.io/*/*"]
  }
}
`,
  );
  return path;
}

function versionsIn(path: string): readonly string[] {
  const folder = join(path, PROVIDER);
  if (!existsSync(folder)) return [];
  const platform = `${process.platform === "win32" ? "windows" : process.platform}_${process.arch === "x64" ? "amd64" : process.arch}`;
  return readdirSync(folder)
    .filter((version) => existsSync(join(folder, version, platform)))
    .toSorted((a, b) => b.localeCompare(a, "en", { numeric: true }));
}
