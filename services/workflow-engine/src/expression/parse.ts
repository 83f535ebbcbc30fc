import jsonata from "jsonata";

/** Longest expression, in characters. Parsing takes time in proportion, on the thread that answers calls. */
const maxLength = 8192;

/** What is wrong with the syntax of a JSONata expression, for people; `undefined` when nothing is. */
export function syntaxErrorOf(expression: string): string | undefined {
  if (expression.trim() === "") return "the expression is empty";
  if (expression.length > maxLength) return `the expression has ${expression.length} characters, at most ${maxLength}`;
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    // jsonata throws objects with message and position; nesting too deep for its recursion is a plain RangeError.
    const { message, position } = error as { readonly message?: string; readonly position?: number };
    const where = position === undefined ? "" : ` at character ${position}`;
    return `${message ?? "the expression cannot be read"}${where}`;
  }
}
