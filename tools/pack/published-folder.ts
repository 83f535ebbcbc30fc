/**
 * The folder of the client that is published: `npm publish` and `npm pack` take it as it is.
 *
 *   package.json        no dependencies; the peers are optional
 *   dist/*.js           an entry for each export and what they share, with our other packages in it
 *   dist/*.cjs          the same for CommonJS
 *   dist/*.d.ts, .d.cts their types, for module resolution of any kind
 *
 * One file loads three times as fast as a hundred and fifty. CommonJS is built, although Node can require ES modules: Jest
 * cannot, and TypeScript refuses it under `module: commonjs` and `node16` (TS1479).
 */

import { cpSync, existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type InputOptions, type OutputOptions, type RolldownPluginOption, rolldown } from "rolldown";
import { dts } from "rolldown-plugin-dts";
import { ROOT } from "../check/tool.ts";
import { readManifest, writeManifest } from "./copy.ts";

const PACKAGE = join(ROOT, "packages", "grpc-client");

interface SourceExport {
  readonly source: string;
}

/**
 * Writes the folder from the sources, in the place of an earlier one.
 * @throws Error when `folder` holds something else, which is not ours to replace
 */
export async function writeClientFolder(folder: string): Promise<void> {
  if (!isReplaceable(folder))
    throw new Error(`${folder} exists and is no package of ours: expected a folder of ours or none`);
  rmSync(folder, { recursive: true, force: true });
  const manifest = readManifest(PACKAGE);
  const exported = Object.entries(manifest["exports"] as Readonly<Record<string, SourceExport>>);
  const entries = exported.map(([path, { source }]) => ({ path, name: nameOf(path), source: join(PACKAGE, source) }));
  const input: InputOptions = {
    input: Object.fromEntries(entries.map(({ name, source }) => [name, source])),
    external: [/^node:/, ...Object.keys(manifest["peerDependencies"] as object).map(withSubpaths)],
    resolve: { conditionNames: ["source"] },
    platform: "node",
  };
  const dist = join(folder, "dist");
  // Every start scans the comments. Those of the exports are in the types.
  await bundle(input, [], { dir: dist, format: "es", comments: false, ...named("js") });
  await bundle(input, [], { dir: dist, format: "cjs", comments: false, ...named("cjs") });
  const types = dts({ emitDtsOnly: true, oxc: {}, tsconfig: join(PACKAGE, "tsconfig.json"), sourcemap: false });
  // The plugin makes index.d.ts of index.js, and index.d.cts of index.cjs.
  await bundle(input, [types], { dir: dist, format: "es", ...named("js") });
  await bundle(input, [types], { dir: dist, format: "es", ...named("cjs") });
  const names = entries.map(({ name }) => name);
  writeManifest(folder, {
    ...published(manifest),
    ...resolution(
      entries.map(({ path }) => path),
      names,
    ),
  });
  cpSync(join(PACKAGE, "README.md"), join(folder, "README.md"));
  cpSync(join(ROOT, "LICENSE"), join(folder, "LICENSE"));
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

function isReplaceable(folder: string): boolean {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return true;
  return existsSync(join(folder, "package.json")) && readManifest(folder)["name"] === readManifest(PACKAGE)["name"];
}
