const EXPRESSION = /^\{%([\s\S]*)%\}$/;
const SECRET = /\{\{secret:([^}]*)\}\}/;

/** The JSONata inside a string that is exactly `{% … %}`, which stands for the value of its expression; else `undefined`. */
export function expressionIn(text: string): string | undefined {
  return EXPRESSION.exec(text)?.[1]?.trim();
}

/** The JSONata of a connection, whose expression may have `{% %}` around it or not; empty when the value passes unchanged. */
export function connectionExpression({ expression }: { readonly expression: string }): string {
  return expressionIn(expression) ?? expression;
}

/** Whether a string contains an expression beside other text, for instance "Total: {% input.total %}". */
export function hasStrayExpression(text: string): boolean {
  return expressionIn(text) === undefined && text.includes("{%");
}

/** The name in the first `{{secret:NAME}}` of a string; `undefined` when there is none. */
export function secretIn(text: string): string | undefined {
  return SECRET.exec(text)?.[1];
}
