import jsonata from "jsonata";
import { cutText } from "../../cut-text.ts";

/** The problem with the syntax of a JSONata expression, for people; `undefined` when there is none. */
export function parseProblem(expression: string): string | undefined {
  try {
    jsonata(expression);
    return undefined;
  } catch (error) {
    // jsonata throws objects with message and position; its recursion throws a plain RangeError for very deep nesting.
    const { message, position } = error as { readonly message?: string; readonly position?: number };
    const where = position === undefined ? "" : ` at character ${position}`;
    return `${cutText(message ?? "the expression cannot be read")}${where}`;
  }
}
