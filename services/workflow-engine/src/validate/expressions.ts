import type { ValidationIssue } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { syntaxErrorOf } from "../expression/parse.ts";
import { expressionIn, hasStrayExpression } from "../expression/template.ts";
import { error } from "./issue.ts";
import { pointer } from "./pointer.ts";

/** The syntax of every `{% … %}` inside a value, wherever it stands. */
export function checkExpressions(value: JsonValue, path: string): readonly ValidationIssue[] {
  if (typeof value === "string") return checkString(value, path);
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, member]) => checkExpressions(member, path + pointer(name)));
}

function checkString(text: string, path: string): readonly ValidationIssue[] {
  if (hasStrayExpression(text)) {
    const message = 'an expression must be the whole string: {% "Total: " & input.total %}';
    return [error("BAD_EXPRESSION", path, message)];
  }
  const expression = expressionIn(text);
  const problem = expression === undefined ? undefined : syntaxErrorOf(expression);
  return problem === undefined ? [] : [error("BAD_EXPRESSION", path, problem)];
}
