import type { ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { connectionExpression, expressionIn, hasStrayExpression } from "../template.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";
import { boundsProblem, type Syntax } from "./syntax.ts";

/** Each string inside a value, at any depth, and its place. */
export function* stringsIn(
  value: JsonValue,
  path: string,
): Generator<{ readonly text: string; readonly path: string }> {
  if (typeof value === "string") yield { text: value, path };
  if (value === null || typeof value !== "object") return;
  for (const [name, member] of Object.entries(value)) yield* stringsIn(member, path + pointer(name));
}

/** All expressions of a workflow, with repeats. */
export function expressionsOf({ nodes, connections }: WorkflowSpec): readonly string[] {
  const ofNodes = nodes.flatMap(({ configuration }) =>
    [...stringsIn(configuration ?? {}, "")].flatMap(({ text }) => expressionIn(text) ?? []),
  );
  return [...ofNodes, ...connections.map(connectionExpression)];
}

/** Checks the syntax of every `{% … %}` inside a value. */
export function checkExpressions(value: JsonValue, path: string, syntax: Syntax): readonly ValidationIssue[] {
  return [...stringsIn(value, path)].flatMap((each) => checkString(each.text, each.path, syntax));
}

function checkString(text: string, path: string, syntax: Syntax): readonly ValidationIssue[] {
  if (hasStrayExpression(text)) {
    const message = 'an expression must be the whole string: {% "Total: " & input.total %}';
    return [error("BAD_EXPRESSION", path, message)];
  }
  const expression = expressionIn(text);
  return expression === undefined ? [] : checkSyntax(expression, path, syntax);
}

/** Checks the syntax of one expression. */
export function checkSyntax(expression: string, path: string, syntax: Syntax): readonly ValidationIssue[] {
  const problem = boundsProblem(expression) ?? syntax(expression);
  return problem === undefined ? [] : [error("BAD_EXPRESSION", path, problem)];
}
