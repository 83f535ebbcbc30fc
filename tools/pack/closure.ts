/**
 * The packages that a workspace needs at run time. In: the lockfile. Out: the folders to copy, each with its destination, so
 * that Node resolves every import as it does here. It reads no file.
 *
 * Not `npm ci --omit=dev` in a copy: that needs the registry again, and leaves links in place of workspaces. The packages of
 * the lockfile are installed already, with checked hashes.
 */

import { dirname, join } from "node:path/posix";
import type { LockEntry, Lockfile } from "./lockfile.ts";

export interface PackedPackage {
  /** Folder in the repository. */
  readonly from: string;
  /** Folder in the deploy folder. */
  readonly to: string;
  /** A workspace of this repository, which is built, or a package of the registry. */
  readonly kind: "workspace" | "registry";
}

/** @throws Error when the lockfile lacks a needed package, or two packages have the same destination. */
export function closureOf(workspace: string, lockfile: Lockfile): readonly PackedPackage[] {
  const packed = new Map<string, PackedPackage>();
  const visit = (folder: string, to: string): void => {
    for (const { name, required } of needsOf(lockfile[folder])) {
      const place = locate(name, folder, lockfile);
      if (place !== undefined) add(place, name, to);
      else if (required) throw new Error(`${folder} needs ${name}, which package-lock.json does not have`);
    }
  };
  const add = (place: string, name: string, to: string): void => {
    const entry = lockfile[place];
    const from = entry?.link === true ? (entry.resolved ?? place) : place;
    const next: PackedPackage = {
      from,
      to: place.startsWith("node_modules/") ? place : join(to, "node_modules", name),
      kind: entry?.link === true ? "workspace" : "registry",
    };
    const known = packed.get(next.to);
    if (known?.from === from) return;
    if (known !== undefined)
      throw new Error(`${known.from} and ${from} would both be ${next.to}: align their versions`);
    packed.set(next.to, next);
    visit(from, next.to);
  };
  visit(workspace, "");
  return [...packed.values()].sort((a, b) => (a.to < b.to ? -1 : 1));
}

/** Dependencies, and peers that are not optional: an optional peer is the choice of the dependent package. */
function needsOf(entry: LockEntry = {}): { readonly name: string; readonly required: boolean }[] {
  const { dependencies = {}, optionalDependencies = {}, peerDependencies = {}, peerDependenciesMeta = {} } = entry;
  const peers = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional !== true);
  const required = new Set([...Object.keys(dependencies), ...peers]);
  const names = [...required, ...Object.keys(optionalDependencies).filter((name) => !required.has(name))];
  // Some packages count types among what they need to run (protobufjs).
  const run = names.filter((name) => !name.startsWith("@types/"));
  return run.map((name) => ({ name, required: required.has(name) }));
}

/** Where Node finds `name` from a file in `folder`: the nearest node_modules on the way up. */
function locate(name: string, folder: string, lockfile: Lockfile): string | undefined {
  const place = join(folder, "node_modules", name);
  if (lockfile[place] !== undefined) return place;
  return folder === "." ? undefined : locate(name, dirname(folder), lockfile);
}
