/**
 * The folder of a package that is published: `npm publish` and `npm pack` take it as it is. `publishedExports` of its package.json says
 * which exports it has, and of which sources.
 *
 *   package.json        no dependencies; the packages that its bundle imports are peers
 *   dist/*.js           an entry for each export, what they share and what is loaded later, with our other packages in it
 *   dist/*.cjs          the same for CommonJS
 *   dist/*.d.ts, .d.cts their types, for module resolution of any kind
 *
 * One file loads three times as fast as a hundred and fifty. CommonJS is built, although Node can require ES modules: Jest
 * cannot, and TypeScript refuses it under `module: commonjs` and `node16` (TS1479).
 */

import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { type InputOptions, type OutputOptions, type RolldownPluginOption, rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { ROOT } from "../check/tool.ts";
import { closureOf, groupsOf } from "./chunks.ts";
import { readManifest, writeManifest } from "./copy.ts";

/** The packages that are published. */
export const PUBLISHED = ["grpc-client", "grpc-server"] as const;

export type Published = (typeof PUBLISHED)[number];

type Manifest = Readonly<Record<string, unknown>>;
type Versions = Readonly<Record<string, string>>;

const OURS = "@agent-team/";

/**
 * Writes the folder from the sources, in the place of an earlier one.
 * @throws Error when `folder` holds something else, which is not ours to replace, and when the bundle imports a package that is no peer
 */
export async function writePublishedFolder(name: Published, folder: string): Promise<void> {
  const home = join(ROOT, "packages", name);
  const manifest = readManifest(home);
  if (!isReplaceable(folder, manifest))
    throw new Error(`${folder} exists and is no package of ours: expected a folder of ours or none`);
  rmSync(folder, { recursive: true, force: true });
  const exported = Object.entries(manifest["publishedExports"] as Versions);
  const entries = exported.map(([path, source]) => ({ path, name: nameOf(path), source: join(home, source) }));
  const input: InputOptions = {
    input: Object.fromEntries(entries.map((entry) => [entry.name, entry.source])),
    external: [/^node:/, ...packagesOf(manifest).map(withSubpaths)],
    resolve: { conditionNames: ["source"] },
    platform: "node",
    // Of a package whose types alone are needed, nothing stays, `import "zod"` neither.
    treeshake: { moduleSideEffects: [{ external: true, sideEffects: false }] },
  };
  const dist = join(folder, "dist");
  // Every start scans the comments. Those of the exports are in the types.
  const code: OutputOptions = { dir: dist, comments: false, codeSplitting: { groups: await groupsOf(input) } };
  await bundle(input, [], { ...code, format: "es", ...named("js") });
  await bundle(input, [], { ...code, format: "cjs", ...named("cjs") });
  const types = dts({ emitDtsOnly: true, oxc: {}, tsconfig: join(home, "tsconfig.json"), sourcemap: false });
  // The plugin makes index.d.ts of index.js, and index.d.cts of index.cjs.
  await bundle(input, [types], { dir: dist, format: "es", ...named("js") });
  await bundle(input, [types], { dir: dist, format: "es", ...named("cjs") });
  checkImports(dist, manifest);
  const paths = entries.map(({ path }) => path);
  const names = entries.map((entry) => entry.name);
  writeManifest(folder, { ...published(manifest), ...resolution(paths, names) });
  cpSync(join(home, "README.md"), join(folder, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
}

/** Bytes of a package's code, minified. */
export interface MinifiedBytes {
  /** What an import of the package reads. */
  readonly atImport: number;
  /** That, and all that is loaded later. */
  readonly all: number;
}

/** Of the main entry in `folder`. */
export async function minifiedBytes(folder: string): Promise<MinifiedBytes> {
  const input = { index: join(folder, "dist", "index.js") };
  await using build = await rolldown({ input, external: [/^node:/, /^[^./]/], platform: "node" });
  const { output } = await build.generate({ format: "es", minify: true, entryFileNames: "[name].js" });
  const chunks = output.filter((file) => file.type === "chunk");
  const bytesOf = (files: readonly { readonly code: string }[]): number =>
    files.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  const atImport = closureOf("index.js", new Map(chunks.map((chunk) => [chunk.fileName, chunk])));
  return { atImport: bytesOf(atImport), all: bytesOf(chunks) };
}

/** Those of the registry. */
function packagesOf({ dependencies = {}, peerDependencies = {} }: Manifest): readonly string[] {
  return Object.keys({ ...(dependencies as Versions), ...(peerDependencies as Versions) }).filter(
    (name) => !name.startsWith(OURS),
  );
}

/** A package of this repository has dependencies that its published form must not have. */
function checkImports(dist: string, { peerDependencies }: Manifest): void {
  const peers = Object.keys(peerDependencies as Versions).map(withSubpaths);
  for (const file of readdirSync(dist)) {
    const code = readFileSync(join(dist, file), "utf8");
    for (const [, specifier = ""] of code.matchAll(/(?:from |import |import\(|require\()"((?![./]|node:)[^"]+)"/g))
      if (!isBuiltin(specifier) && !peers.some((peer) => peer.test(specifier)))
        throw new Error(`${file} imports ${specifier}, which is no peer`);
  }
}

async function bundle(input: InputOptions, plugins: RolldownPluginOption[], output: OutputOptions): Promise<void> {
  await using build = await rolldown({ ...input, plugins });
  await build.write(output);
}

/** Names without hashes: two builds of the same sources are the same. */
function named(extension: string): OutputOptions {
  return { entryFileNames: `[name].${extension}`, chunkFileNames: `shared-[name].${extension}` };
}

/** "." is index, "./connect" is connect. */
function nameOf(path: string): string {
  return path === "." ? "index" : path.slice(2);
}

/** A package and its modules: `@connectrpc/connect/protocol`. */
function withSubpaths(name: string): RegExp {
  return new RegExp(`^${name}(?:/|$)`);
}

function published(manifest: Readonly<Record<string, unknown>>): object {
  const { name, version, license, type, engines, peerDependencies, peerDependenciesMeta } = manifest;
  return {
    name,
    version,
    license,
    type,
    engines,
    sideEffects: false,
    files: ["dist"],
    peerDependencies,
    peerDependenciesMeta,
  };
}

/** For Node, and for TypeScript with any `moduleResolution`: `node10` reads `main`, `types` and `typesVersions`. */
function resolution(paths: readonly string[], names: readonly string[]): object {
  const conditions = (name: string): object => ({
    import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
    require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
  });
  return {
    main: "./dist/index.cjs",
    types: "./dist/index.d.cts",
    typesVersions: { "*": Object.fromEntries(names.map((name) => [name, [`./dist/${name}.d.cts`]])) },
    exports: Object.fromEntries(paths.map((path, at) => [path, conditions(names[at] as string)])),
  };
}

function isReplaceable(folder: string, { name }: Manifest): boolean {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return true;
  return existsSync(join(folder, "package.json")) && readManifest(folder)["name"] === name;
}
