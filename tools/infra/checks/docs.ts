/** What the documents tell people to type exists: outputs, variables, commands of npm and their names in passing. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { isObject } from "../hcl/value.ts";
import { blocksOfKind, type Configuration, textOf } from "../plan/configuration.ts";
import type { BlockSchema } from "../schema/snapshot.ts";
import type { Subject } from "./subject.ts";

export interface Document {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

/** Programs and services whose names look like ours. */
const OTHER_WORDS: ReadonlySet<string> = new Set(["grpc_health_probe"]);

export function checkDocs(subject: Subject): readonly string[] {
  return documentsOf(subject).flatMap((document) => problemsIn(document, subject));
}

/** Each output can be printed with `-raw`, which takes strings only. */
export function checkOutputs(subject: Subject): readonly string[] {
  const plan = subject.plan();
  const root = subject.configurations.get("");
  return (root === undefined ? [] : blocksOfKind(root, "output"))
    .filter(({ name }) => {
      const value = plan.output(name);
      return Array.isArray(value) || isObject(value);
    })
    .map(({ name }) => `output.${name} is no string: terraform output -raw ${name} would refuse it`);
}

/** What one document names and nobody has. */
export function problemsIn({ file, text }: Document, subject: Subject): readonly string[] {
  const names = namesOf(subject);
  const uses: readonly (readonly [what: string, pattern: RegExp, known: ReadonlySet<string>])[] = [
    ["output", /terraform output (?:-raw |-json )?([a-z]\w+)/g, names.outputs],
    ["variable", /(?:-var[= ]['"]?|TF_VAR_)([a-z]\w*)/g, names.variables],
    ["npm script", /npm run (?:-\S+ )*([a-z][\w:-]*)/g, names.scripts],
  ];
  const fences = [...text.matchAll(/```hcl\n([^]*?)```/g)].map((match) => match[1] ?? "");
  const assigned = fences
    .flatMap((fence) => matchesOf(fence, /^([a-z]\w*) *=/gm))
    .filter((name) => !names.variables.has(name));
  const mentioned = isAboutInfra(file)
    ? matchesOf(text, /`([a-z]+(?:_[a-z\d]+)+)`/g).filter((name) => !names.words.has(name))
    : [];
  return [
    ...uses.flatMap(([what, pattern, known]) =>
      matchesOf(text, pattern)
        .filter((name) => !known.has(name))
        .map((name) => `${file}: there is no ${what} ${name}`),
    ),
    ...assigned.map((name) => `${file}: there is no variable ${name}`),
    ...mentioned.map((name) => `${file}: \`${name}\` is no variable, output or argument`),
  ];
}

interface Names {
  readonly outputs: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
  /** Everything that may stand between backticks in a document about `infra/`. */
  readonly words: ReadonlySet<string>;
}

function namesOf({ configurations, snapshots }: Subject): Names {
  const root = configurations.get("");
  const named = (kind: string): string[] =>
    root === undefined ? [] : blocksOfKind(root, kind).map(({ name }) => name);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  const schemas = snapshots.flatMap(({ resources, data }) => [...Object.entries(resources), ...Object.entries(data)]);
  // What the services' own interface calls things.
  const protos = globSync("packages/contracts/proto/**/*.proto", { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), "utf8"),
  );
  const fields = protos.flatMap((text) => matchesOf(text, /\b([a-z]+(?:_[a-z\d]+)+)\b/g));
  const provided = schemas.flatMap(([type, schema]) => [type, ...wordsOf(schema)]);
  return {
    outputs: new Set(named("output")),
    variables: new Set(named("variable")),
    scripts: new Set(Object.keys(scripts)),
    words: new Set([
      ...named("output"),
      ...named("variable"),
      ...membersOf(root),
      ...provided,
      ...fields,
      ...OTHER_WORDS,
    ]),
  };
}

/** What variables that are objects are made of. */
function membersOf(root: Configuration | undefined): readonly string[] {
  const variables = root === undefined ? [] : blocksOfKind(root, "variable");
  return variables.flatMap(({ body }) => matchesOf(textOf(body["type"]), /\b([a-z]+(?:_[a-z\d]+)*) *=/g));
}

function wordsOf({ required, optional, computed, blocks }: BlockSchema): readonly string[] {
  const nested = Object.entries(blocks ?? {}).flatMap(([name, block]) => [name, ...wordsOf(block)]);
  return [...[required, optional, computed].flatMap((group) => Object.keys(group ?? {})), ...nested];
}

function isAboutInfra(file: string): boolean {
  return (
    file.startsWith("infra/") || /docs\/guides\/(?:deploy|choosing-a-path|cost|multi-region|security)\.md$/.test(file)
  );
}

function documentsOf({ infra }: Subject): readonly Document[] {
  const ours = globSync(["*.md", "docs/**/*.md"], { cwd: ROOT }).map((file) => ({ file, path: join(ROOT, file) }));
  const readme = { file: "infra/README.md", path: join(infra, "README.md") };
  return [...ours, readme].map(({ file, path }) => ({ file, text: readFileSync(path, "utf8") }));
}

function matchesOf(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))];
}
