/**
 * The JSONata inside a string that is exactly `{% … %}`; `undefined` for any other string.
 * Such a string stands for the JSON value that its expression gives.
 */
export function expressionIn(text: string): string | undefined {
  return /^\{%([\s\S]*)%\}$/.exec(text)?.[1]?.trim();
}

/** Whether a string was probably meant as an expression and is none, for instance "Total: {% input.total %}". */
export function hasStrayExpression(text: string): boolean {
  return expressionIn(text) === undefined && text.includes("{%");
}

/** The name in the first `{{secret:NAME}}` of a string; `undefined` when it has none. */
export function secretIn(text: string): string | undefined {
  return /\{\{secret:([^}]*)\}\}/.exec(text)?.[1];
}
