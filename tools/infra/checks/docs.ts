/** The outputs, variables and npm scripts that the documents name exist. */

import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { State } from "../state/state.ts";
import type { Findings } from "./findings.ts";
import { blocksOfKind } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

export interface Document {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
}

interface Names {
  readonly outputs: ReadonlySet<string>;
  readonly variables: ReadonlySet<string>;
  readonly scripts: ReadonlySet<string>;
  /** All words with underscores that documents about `infra/` may quote. */
  readonly words: ReadonlySet<string>;
}

/** `some_word`, as variables, outputs, arguments and the fields of our protos are written. */
const WORD = "[a-z]+(?:_[a-z\\d]+)+";

/** Documents that quote no other words than those of the HCL and the protos. */
const ABOUT_INFRA =
  /^infra\/|^docs\/guides\/(?:deploy|verify|troubleshoot|without-aws|choosing-a-path|cost|multi-region|security)\.md$/;

export function* checkDocs(subject: Subject): Findings {
  const names = namesOf(subject);
  const files = globSync(["*.md", "docs/**/*.md", "infra/README.md"], { cwd: ROOT });
  for (const file of files) yield* problemsIn({ file, text: readFileSync(join(ROOT, file), "utf8") }, names);
}

/** Each output can be printed with `-raw`, which takes strings only. */
export function* checkOutputs(state: State): Findings {
  for (const [name, value] of Object.entries(state.outputs)) {
    if (typeof value !== "string") yield `output.${name} is no string: terraform output -raw ${name} would refuse it`;
  }
}

/** Names in one document that do not exist. */
export function* problemsIn({ file, text }: Document, names: Names): Findings {
  const snippets = matchesOf(text, /```hcl\n([^]*?)```/g).join("\n");
  const uses: readonly (readonly [names: readonly string[], known: ReadonlySet<string>, what: string])[] = [
    [matchesOf(text, /terraform output (?:-raw |-json )?([a-z]\w+)/g), names.outputs, "output"],
    [matchesOf(text, /(?:-var[= ]['"]?|TF_VAR_)([a-z]\w*)/g), names.variables, "variable"],
    [matchesOf(text, /npm run (?:-\S+ )*([a-z][\w:-]*)/g), names.scripts, "npm script"],
    [matchesOf(snippets, /^([a-z]\w*) *=/gm), names.variables, "variable"],
    [
      ABOUT_INFRA.test(file) ? matchesOf(text, new RegExp(`\`(${WORD})\``, "g")) : [],
      names.words,
      "variable, output or argument",
    ],
  ];
  for (const [used, known, what] of uses)
    for (const name of used) if (!known.has(name)) yield `${file}: there is no ${what} ${name}`;
}

export function namesOf({ hcl }: Subject): Names {
  const named = (kind: string): string[] => blocksOfKind(hcl, kind).map(({ name }) => name);
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
  const protos = globSync("packages/contracts/proto/**/*.proto", { cwd: ROOT });
  const fields = protos.flatMap((file) =>
    matchesOf(readFileSync(join(ROOT, file), "utf8"), new RegExp(`\\b(${WORD})\\b`, "g")),
  );
  const argumentsIn = new RegExp(`(?:^ *|")(${WORD})(?:"| *[={])`, "gm");
  const words = [...hcl.values()].flatMap((text) => matchesOf(text, argumentsIn));
  return {
    outputs: new Set(named("output")),
    variables: new Set(named("variable")),
    scripts: new Set(Object.keys(scripts)),
    words: new Set([...named("output"), ...named("variable"), ...words, ...fields, "grpc_health_probe"]),
  };
}

function matchesOf(text: string, pattern: RegExp): readonly string[] {
  return [...new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ""))];
}
