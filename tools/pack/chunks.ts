/**
 * How a bundle is cut into files. In: what `rolldown` takes. Out: the groups of its output. Without them a module that two entries share
 * is a file of its own, and each file costs a start a millisecond or two.
 *
 *   core     all that the first entry imports: an import of the package reads it and the entry, and nothing else
 *   common   what several of the parts need that core loads later, by import()
 *   the rest is cut as `rolldown` does: a file for each entry and for each import()
 */

import { type CodeSplittingGroup, type InputOptions, type OutputChunk, rolldown } from "rolldown";

type Chunks = ReadonlyMap<string, OutputChunk>;

export async function groupsOf(input: InputOptions): Promise<CodeSplittingGroup[]> {
  await using build = await rolldown(input);
  const { output } = await build.generate({ format: "es", entryFileNames: "[name].js" });
  const chunks = new Map(output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file] as const] : [])));
  const [first] = Object.keys(input.input as Readonly<Record<string, string>>);
  const files = closureOf(`${first}.js`, chunks);
  const core = modulesOf(files);
  const parts = new Set(files.flatMap(({ dynamicImports }) => dynamicImports));
  const needs = [...parts].map((part) => modulesOf(closureOf(part, chunks)));
  return [
    { name: "core", test: (id) => core.has(id) },
    { name: "common", test: (id) => !core.has(id) && needs.filter((modules) => modules.has(id)).length > 1 },
  ];
}

/** A file with all that it imports at its head, and they at theirs. */
export function closureOf(name: string, chunks: Chunks): readonly OutputChunk[] {
  const names = new Set([name]);
  // A set also visits what is added to it meanwhile. Packages are no chunks.
  for (const each of names) for (const imported of chunks.get(each)?.imports ?? []) names.add(imported);
  return [...names].flatMap((each) => chunks.get(each) ?? []);
}

function modulesOf(files: readonly OutputChunk[]): ReadonlySet<string> {
  return new Set(files.flatMap(({ moduleIds }) => moduleIds));
}
