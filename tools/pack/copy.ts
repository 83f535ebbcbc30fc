import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** Types, maps, manuals and tests: a running service reads no such file, and they are half of the bytes. */
const NOT_RUN = /\.(?:ts|mts|cts|map|md|markdown|flow|test\.js)$/i;
/** Stays with the code that it licenses, also if its name ends as a manual's. Code may have such a name, too. */
const LICENCE = /^(?:licen[cs]e|notice|copying)(?!.*\.(?:ts|mts|cts|map)$)/i;

/** Folders at the top of a package that only its authors run. */
const NOT_SHIPPED = /^(?:tests?|__tests__|benchmarks?|examples?)$/;

/** Copies a package of the registry, without the packages nested in it. */
export function copyPackage(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    filter: (path) => {
      const name = basename(path);
      if (path === from || LICENCE.test(name)) return true;
      if (dirname(path) === from && NOT_SHIPPED.test(name)) return false;
      return name !== "node_modules" && !NOT_RUN.test(name);
    },
  });
}

/**
 * Copies the JavaScript of a workspace's dist, tests' tools left out. Only files with a source: dist keeps the output of
 * deleted sources until a build from nothing.
 */
export function copyBuilt(workspace: string, to: string, under = ""): void {
  const dist = join(workspace, "dist", under);
  for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
    const source = join(workspace, "src", under, file.replace(/\.js$/, ".ts"));
    if (!file.endsWith(".js") || file.startsWith("testing") || !existsSync(source)) continue;
    mkdirSync(join(to, file, ".."), { recursive: true });
    cpSync(join(dist, file), join(to, file));
  }
}

type Exports = Readonly<Record<string, { readonly default: string }>>;

/** The members of a workspace's package.json that Node reads, without the `source` condition: there are no sources. */
export function writeBuiltManifest(workspace: string, to: string): void {
  const manifest = readManifest(workspace);
  const entries = Object.entries((manifest["exports"] ?? {}) as Exports).filter(([name]) => name !== "./testing");
  const { name, version, license, type } = manifest;
  const exports = Object.fromEntries(entries.map(([entry, target]) => [entry, target.default]));
  writeManifest(to, { name, version, license, type, exports });
}

export function readManifest(folder: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, unknown>;
}

export function writeManifest(folder: string, manifest: object): void {
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
