/** "What imports what" in ARCHITECTURE.md says what the package.json files and the lint rules say. */

import { globSync, readFileSync } from "node:fs";
import { dirname, join, matchesGlob } from "node:path";
import { expect, test } from "vitest";
import config from "../oxlint.config.ts";
import { ROOT } from "./check/tool.ts";

interface Workspace {
  readonly folder: string;
  /** Names of workspaces, without the scope. */
  readonly imports: readonly string[];
  readonly testsImport: readonly string[];
}

interface PackageJson {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

const SCOPE = "@agent-team/";
const CLIENT = "packages/grpc-client/src";

const SECTION =
  /^## What imports what\n([^]*?)^## /m.exec(readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8"))?.[1] ?? "";
const DRAWING = /```\n([^]*?)```/.exec(SECTION)?.[1]?.trim().split("\n") ?? [];
const [WORKSPACE_ROWS = [], CLIENT_ROWS = []] = SECTION.split(/\n\n/).filter(isTable).map(rowsOf);

const WORKSPACES: readonly Workspace[] = globSync(
  ["packages/*/package.json", "services/*/package.json", "{bench,docs,e2e,faults,simulate}/package.json"],
  {
    cwd: ROOT,
  },
)
  .toSorted()
  .map((file) => {
    const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, file), "utf8")) as PackageJson;
    return { folder: dirname(file), imports: oursIn(dependencies), testsImport: oursIn(devDependencies) };
  });

test("the table of workspaces has the dependencies of each package.json", () => {
  const expected = WORKSPACES.map(({ folder, imports, testsImport }) => [
    `\`${folder}\``,
    imports.join(", "),
    testsImport.join(", "),
  ]);

  expect(WORKSPACE_ROWS).toEqual(expected);
});

test("in the drawing each workspace stands once, above everything that it imports", () => {
  const lineOf = new Map(DRAWING.flatMap((line, at) => line.split(" · ").map((folder) => [folder, at] as const)));
  expect([...lineOf.keys()].toSorted()).toEqual(WORKSPACES.map(({ folder }) => folder));

  const upwards = WORKSPACES.flatMap(({ folder, imports }) =>
    imports
      .filter((name) => (lineOf.get(folderOf(name)) ?? -1) <= (lineOf.get(folder) ?? Number.POSITIVE_INFINITY))
      .map((name) => `${folder} imports ${name}`),
  );
  expect(upwards).toEqual([]);
});

test("no workspace depends on a service, and lint refuses it in packages and in other services", () => {
  const services = WORKSPACES.filter(({ folder }) => folder.startsWith("services/")).map(({ folder }) => folder);
  for (const service of services) {
    const name = service.replace("services/", "");
    expect(WORKSPACES.filter(({ imports, testsImport }) => [...imports, ...testsImport].includes(name))).toEqual([]);

    const others = WORKSPACES.filter(({ folder }) => /^(?:packages|services)\//.test(folder) && folder !== service);
    const admitted = others.filter(({ folder }) => isAllowed(`${folder}/src/x.ts`, SCOPE + name));
    expect(admitted.map(({ folder }) => folder)).toEqual([]);
  }
});

/** What a file imports in the columns of the second table. */
const COLUMNS: readonly ((prefix: string) => readonly string[])[] = [
  (prefix) => [`${prefix}status.ts`],
  (prefix) => [`${prefix}other-folder/x.ts`],
  (prefix) => [`${prefix}channel.ts`],
  () => ["node:http2", "node:tls", "node:net"],
  () => ["node:dns", "node:dns/promises"],
  () => ["zod", "@connectrpc/connect"],
];

test.each(CLIENT_ROWS)("in grpc-client lint permits what the table says of %s", (files, ...cells) => {
  const path = /`([^`]+)`/.exec(files ?? "")?.[1] ?? "";
  const file = `${CLIENT}/${path.endsWith("/") ? `${path}x.ts` : path}`;
  const prefix = path.includes("/") ? "../" : "./";

  const answers = COLUMNS.map((specifiersOf, at) => {
    const allowed = specifiersOf(prefix).map((specifier) => isAllowed(file, specifier));
    if (cells[at] === "") return "";
    if (cells[at] === "AWS's SDK")
      return !allowed.includes(true) && isAllowed(file, "@aws-sdk/x", true) ? cells[at] : "";
    if (cells[at] === "http2") return !allowed.includes(true) && isAllowed(file, "@agent-team/http2") ? cells[at] : "";
    return allowed.every((each) => each) ? "yes" : allowed.some((each) => each) ? "in part" : "no";
  });
  expect(answers).toEqual(cells);
});

test("each folder of grpc-client has a row", () => {
  const folders = globSync(`${CLIENT}/*/`, { cwd: ROOT }).map((path) => path.split("/").at(-1) ?? "");
  const named = CLIENT_ROWS.flatMap(([files]) => /`([^`/]+)\/`/.exec(files ?? "")?.[1] ?? []);
  expect(named.toSorted()).toEqual(folders.toSorted());
});

/** Whether the last override that matches the file, which is the one that counts, admits the import. */
function isAllowed(file: string, specifier: string, asType = false): boolean {
  const rule = (config.overrides ?? [])
    .filter(({ files }) => files.some((glob) => matchesGlob(file, glob)))
    .flatMap(({ rules }) => (rules?.["no-restricted-imports"] as unknown as ImportRule | undefined) ?? [])
    .at(-1);
  if (typeof rule !== "object") throw new Error(`${file}: no override matches`);
  return rule.patterns.every(
    ({ regex, allowTypeImports = false }) => (asType && allowTypeImports) || !new RegExp(regex).test(specifier),
  );
}

/** Its severity and its options, as `restrictImports` makes them. */
type ImportRule = readonly [severity: string, options: { readonly patterns: readonly Restriction[] }];

interface Restriction {
  readonly regex: string;
  readonly allowTypeImports?: boolean;
}

function isTable(paragraph: string): boolean {
  return paragraph.trim().startsWith("|");
}

/** The cells of each row below the head. */
function rowsOf(table: string): readonly (readonly string[])[] {
  const lines = table.trim().split("\n").slice(2);
  return lines.map((line) =>
    line
      .replace(/^\|/, "")
      .replace(/\|$/, "")
      .split("|")
      .map((cell) => cell.trim()),
  );
}

function oursIn(dependencies: Readonly<Record<string, string>> = {}): readonly string[] {
  return Object.keys(dependencies)
    .filter((name) => name.startsWith(SCOPE))
    .map((name) => name.slice(SCOPE.length))
    .toSorted();
}

function folderOf(name: string): string {
  return WORKSPACES.map(({ folder }) => folder).find((folder) => folder.endsWith(`/${name}`)) ?? name;
}
