/** The READMEs of the workspaces and the index of the documents are complete, and name only exports that exist. */

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const WORKSPACES = globSync(["packages/*", "services/*"], { cwd: ROOT })
  .filter((folder) => existsSync(join(ROOT, folder, "package.json")))
  .toSorted();

interface PackageJson {
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly source: string }>>;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

function packageOf(workspace: string): PackageJson {
  return JSON.parse(read(`${workspace}/package.json`)) as PackageJson;
}

/** The rows and sentences below `## Public surface`. */
function publicSurface(readme: string): string {
  return /^## Public surface\n([^]*?)(?=^## |(?![^]))/m.exec(readme)?.[1] ?? "";
}

test.for(WORKSPACES)("%s has a README with its name and its public surface", (workspace) => {
  const readme = read(`${workspace}/README.md`);
  const { name } = packageOf(workspace);
  expect([`# ${name}`, `# ${name.replace("@agent-team/", "")}`]).toContain(readme.split("\n")[0]);
  expect(publicSurface(readme)).not.toBe("");
});

const LIBRARIES = WORKSPACES.filter(
  (workspace) => workspace.startsWith("packages/") && packageOf(workspace).exports !== undefined,
);

test.for(LIBRARIES)("the README of %s names only exports that exist, and every subpath", (workspace) => {
  const { name, exports = {} } = packageOf(workspace);
  const surface = publicSurface(read(`${workspace}/README.md`));
  const sources = Object.values(exports).map(({ source }) => read(join(workspace, source)));
  // `export * from` of generated code: its files hold the names.
  const generated = globSync(`${workspace}/src/gen/**/*.ts`, { cwd: ROOT }).map(read);
  const exported = [...sources, ...generated].join("\n");
  const named = [...surface.matchAll(/`([A-Za-z][A-Za-z_]+)`/g)].map(([, word]) => word as string);

  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((word) => !new RegExp(`\\b${word}\\b`).test(exported))).toEqual([]);
  for (const subpath of Object.keys(exports).filter((path) => path !== ".")) {
    expect(surface).toContain(`${name}${subpath.slice(1)}`);
  }
});

test("docs/README.md links every guide, recipe, example and README", () => {
  const index = read("docs/README.md");
  const documents = globSync(["guides/*.md", "recipes/*.md", "examples/*.ts"], { cwd: join(ROOT, "docs") });
  const readmes = WORKSPACES.map((workspace) => `../${workspace}/README.md`);

  expect(documents.length).toBeGreaterThan(10);
  expect([...documents, ...readmes].filter((path) => !index.includes(`(${path})`))).toEqual([]);
});

test("docs/decisions/README.md lists every record, in the order of the numbers", () => {
  const listed = [...read("docs/decisions/README.md").matchAll(/^\| \[\d{4}\]\((\S+)\)/gm)].map(([, file]) => file);
  expect(listed).toEqual(globSync("[0-9]*.md", { cwd: join(ROOT, "docs/decisions") }).toSorted());
});
