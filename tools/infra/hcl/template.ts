import type { Cursor } from "./cursor.ts";
import type { Expression } from "./expression.ts";

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };

export interface TemplateSyntax {
  /** Reads the end, if it is here. */
  readonly isOver: () => boolean;
  /** Whether `\n` and its like mean something. */
  readonly hasEscapes: boolean;
  readonly readExpression: (cursor: Cursor) => Expression;
}

/** Reads text with holes: `${…}`, and `%{if …}…%{else}…%{endif}`. @throws Error for `%{for …}`, which no HCL here uses */
export function readTemplate(cursor: Cursor, syntax: TemplateSyntax): Expression {
  const parts: Expression[] = [];
  let text = "";
  while (!syntax.isOver()) {
    if (cursor.take("$${")) text += "${";
    else if (cursor.take("%%{")) text += "%{";
    else if (cursor.startsWith("${") || cursor.startsWith("%{")) {
      if (text !== "") parts.push({ kind: "literal", value: text });
      text = "";
      parts.push(readHole(cursor, syntax));
    } else if (syntax.hasEscapes && cursor.take("\\")) text += escaped(cursor);
    else text += cursor.next();
  }
  if (parts.length === 0) return { kind: "literal", value: text };
  return { kind: "template", parts: text === "" ? parts : [...parts, { kind: "literal", value: text }] };
}

function readHole(cursor: Cursor, syntax: TemplateSyntax): Expression {
  if (!cursor.take("${")) return readDirective(cursor, syntax);
  const expression = syntax.readExpression(cursor);
  cursor.expect("}");
  return expression;
}

/** What is a conditional in a template: `@cdktn/hcl2json` writes those of `${… ? … : …}` this way, too. */
function readDirective(cursor: Cursor, syntax: TemplateSyntax): Expression {
  if (cursor.match(/%\{\s*if\b/y) === undefined) throw cursor.error("${…} or %{if …}");
  const test = syntax.readExpression(cursor);
  cursor.expect("}");
  let last: string | undefined;
  const branch = (): Expression =>
    readTemplate(cursor, {
      ...syntax,
      isOver: () => {
        last = cursor.match(/%\{\s*(?:else|endif)\s*\}/y);
        return last !== undefined;
      },
    });
  const whenTrue = branch();
  const whenFalse: Expression = last?.includes("else") ? branch() : { kind: "literal", value: "" };
  return { kind: "conditional", test, whenTrue, whenFalse };
}

function escaped(cursor: Cursor): string {
  const code = cursor.match(/u[\da-fA-F]{4}|U[\da-fA-F]{8}/y);
  if (code !== undefined) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
  const letter = cursor.next();
  return ESCAPES[letter] ?? letter;
}
