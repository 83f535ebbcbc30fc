/**
 * Conventions that the linter has no rule for (CONTRIBUTING.md, "House rules"): names of module constants, `test` in tests,
 * listener methods, barrel files. Takes a file and returns one line for each finding.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseSync } from "oxc-parser";
import { outputOf, ROOT } from "./tool.ts";

/** A node of the syntax tree, as far as this check looks at it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly name?: string;
  readonly [member: string]: unknown;
}

const SCREAMING_SNAKE = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;

/** Barrel files: the public surface of a package, and of what it offers to tests. */
const BARREL = /^packages\/[^/]+\/src\/(?:testing\/)?index\.ts$/;

/** The findings in all sources and tests, generated code excepted. */
export function checkConventions(): string {
  return outputOf("git", ["ls-files", "-co", "--exclude-standard", "*.ts"])
    .split("\n")
    .filter((file) => file !== "" && !file.includes("/gen/") && !file.endsWith(".d.ts"))
    .flatMap((file) => findingsIn(file, readFileSync(join(ROOT, file), "utf8")))
    .join("\n");
}

export function findingsIn(file: string, source: string): readonly string[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) return [`${file}: ${errors[0]?.message}`];
  const statements = (program.body as unknown as readonly Node[]).map(withoutExport);
  const found = [
    ...statements.flatMap(misnamedConstants),
    ...statements.flatMap(importsOfIt),
    ...statements.flatMap(listenerMethods),
  ];
  const lines = found.map(([{ start }, text]) => `${file}:${source.slice(0, start).split("\n").length}: ${text}`);
  const isBarrel = /(?:^|\/)index\.ts$/.test(file) && !BARREL.test(file);
  return isBarrel ? [...lines, `${file}: a barrel file below package level: import the files themselves`] : lines;
}

type Finding = readonly [at: Node, text: string];

function withoutExport(statement: Node): Node {
  return statement.type === "ExportNamedDeclaration" && statement["declaration"] !== null
    ? (statement["declaration"] as Node)
    : statement;
}

function misnamedConstants(statement: Node): readonly Finding[] {
  if (statement.type !== "VariableDeclaration" || statement["kind"] !== "const") return [];
  return (statement["declarations"] as readonly Node[]).flatMap((declaration) => {
    const { type, name = "" } = declaration["id"] as Node;
    const init = declaration["init"] as Node | null;
    if (type !== "Identifier" || init === null || !isConstant(init) || SCREAMING_SNAKE.test(name)) return [];
    return [[declaration, `the module constant ${name}: expected SCREAMING_SNAKE`]];
  });
}

/** A primitive value or a regular expression, written out or computed from such. */
function isConstant(node: Node): boolean {
  switch (node.type) {
    case "Literal":
      return true;
    case "UnaryExpression":
      return isConstant(node["argument"] as Node);
    case "BinaryExpression":
      return isConstant(node["left"] as Node) && isConstant(node["right"] as Node);
    case "TemplateLiteral":
      return (node["expressions"] as readonly Node[]).every(isConstant);
    case "Identifier":
      return SCREAMING_SNAKE.test(node.name ?? "");
    case "TSAsExpression":
    case "TSSatisfiesExpression":
      return isConstant(node["expression"] as Node);
    default:
      return false;
  }
}

function importsOfIt(statement: Node): readonly Finding[] {
  if (statement.type !== "ImportDeclaration" || (statement["source"] as Node)["value"] !== "vitest") return [];
  return (statement["specifiers"] as readonly Node[])
    .filter((specifier) => (specifier["imported"] as Node | undefined)?.name === "it")
    .map((specifier) => [specifier, "`it` of vitest: expected `test`"]);
}

function listenerMethods(statement: Node): readonly Finding[] {
  const { name = "" } = (statement["id"] as Node | null | undefined) ?? {};
  if (statement.type !== "TSInterfaceDeclaration" || !/[a-z]Listener$/.test(name)) return [];
  return ((statement["body"] as Node)["body"] as readonly Node[]).flatMap((member) => {
    const method = (member["key"] as Node | undefined)?.name;
    if (method === undefined || /^on[A-Z]/.test(method)) return [];
    return [[member, `${name}.${method}: expected a name like onUpdate`]];
  });
}
