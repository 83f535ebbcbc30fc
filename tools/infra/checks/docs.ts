/** What the documents name exists: outputs, variables, commands of npm and their names in passing. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { State } from "../state/state.ts";
import { blocksOfKind } from "./hcl-text.ts";
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
export function checkOutputs(state: State): readonly string[] {
  return Object.entries(state.outputs)
    .filter(([, value]) => typeof value !== "string")
    .map(([name]) => `output.${name} is no string: terraform output -raw ${name} would refuse it`);
}

/** Names in one document that do not exist. */
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

function namesOf({ hcl }: Subject): Names {
  const named = (kind: string): string[] => blocksOfKind(hcl, kind).map(({ name }) => name);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
  };
  // What the services' own interface calls things.
  const protos = globSync("packages/contracts/proto/**/*.proto", { cwd: ROOT }).map((file) =>
    readFileSync(join(ROOT, file), "utf8"),
  );
  const fields = protos.flatMap((text) => matchesOf(text, /\b([a-z]+(?:_[a-z\d]+)+)\b/g));
  return {
    outputs: new Set(named("output")),
    variables: new Set(named("variable")),
    scripts: new Set(Object.keys(scripts)),
    words: new Set([
      ...named("output"),
      ...named("variable"),
      ...[...hcl.values()].flatMap((text) => matchesOf(text, /(?:^ *|")([a-z]+(?:_[a-z\d]+)+)(?:"| *[={])/gm)),
      ...fields,
      ...OTHER_WORDS,
    ]),
  };
}

function isAboutInfra(file: string): boolean {
  return (
    file.startsWith("infra/") ||
    /docs\/guides\/(?:deploy|verify|troubleshoot|without-aws|choosing-a-path|cost|multi-region|security)\.md$/.test(
      file,
    )
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
