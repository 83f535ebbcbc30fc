/** The sizes of files and functions, in lines. */

import { parseSync, Visitor } from "oxc-parser";

export interface Sizes {
  readonly count: number;
  readonly median: number;
  readonly p90: number;
  readonly max: number;
}

/** The lines of each function with a body in braces: declarations, methods, accessors, constructors, callbacks. */
export function functionLines(file: string, source: string): readonly number[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const lines: number[] = [];
  const measure = (node: { readonly start: number; readonly end: number; readonly body: unknown }): void => {
    if (isBlock(node.body)) lines.push(linesOf(source.slice(node.start, node.end)));
  };
  new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(program);
  return lines;
}

/** The line break at the end of a file begins no line. */
export function linesOf(text: string): number {
  return text.replace(/\n$/, "").split("\n").length;
}

export function sizesOf(lines: readonly number[]): Sizes {
  const sorted = lines.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { count: sorted.length, median: at(0.5), p90: at(0.9), max: sorted.at(-1) ?? 0 };
}

function isBlock(body: unknown): boolean {
  const type = (body as { readonly type?: string } | null)?.type;
  return type === "BlockStatement" || type === "FunctionBody";
}
