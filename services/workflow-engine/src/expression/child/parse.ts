import jsonata from "jsonata";
import { cutText } from "../../text.ts";

/** What is wrong with the syntax of a JSONata expression, for people; `undefined` when nothing is. */
export function parseProblem(expression: string): string | undefined {
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    // jsonata throws objects with message and position; nesting too deep for its recursion is a plain RangeError.
    const { message, position } = error as { readonly message?: string; readonly position?: number };
    const where = position === undefined ? "" : ` at character ${position}`;
    return `${cutText(message ?? "the expression cannot be read")}${where}`;
  }
}
