import { readFileSync } from "node:fs";
import { join } from "node:path";

/** One installed package or workspace, as package-lock.json describes it. */
export interface LockEntry {
  /** Of a workspace's link: its folder. Of a registry's package: its address. */
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** By the path of the package's folder, relative to the repository. */
export type Lockfile = Readonly<Record<string, LockEntry>>;

export function readLockfile(root: string): Lockfile {
  return (JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as { packages: Lockfile }).packages;
}
