/** What an expression of HCL is made of, as `parse-expression.ts` reads it. */

export type Expression =
  | { readonly kind: "literal"; readonly value: string | number | boolean | null }
  /** Text with holes: `"${var.name}-alb"`. */
  | { readonly kind: "template"; readonly parts: readonly Expression[] }
  /** The first word of a reference: `var`, `local`, `each`, `aws_lb`, or what a `for` calls its element. */
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "attribute"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  /** `of[*].id`; `each` says what is taken of an element, which it calls by `SPLAT_ELEMENT`. */
  | { readonly kind: "splat"; readonly of: Expression; readonly each: Expression }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly spread: boolean }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "conditional";
      readonly test: Expression;
      readonly whenTrue: Expression;
      readonly whenFalse: Expression;
    }
  | { readonly kind: "tuple"; readonly items: readonly Expression[] }
  | { readonly kind: "object"; readonly items: readonly (readonly [key: Expression, value: Expression])[] }
  | ForExpression;

/** `[for v in of : result if test]`, and with a `resultKey` `{ for k, v in of : resultKey => result... if test }`. */
export interface ForExpression {
  readonly kind: "for";
  readonly keyName: string | undefined;
  readonly valueName: string;
  readonly of: Expression;
  readonly resultKey: Expression | undefined;
  readonly result: Expression;
  /** `...`: results with the same key are gathered in a list. */
  readonly grouped: boolean;
  readonly test: Expression | undefined;
}

/** Not a word of HCL, so that no element of a `for` can be called the same. */
export const SPLAT_ELEMENT = "*";

/** All parts of an expression, itself first. */
export function* partsOf(expression: Expression): Generator<Expression> {
  yield expression;
  for (const child of childrenOf(expression)) yield* partsOf(child);
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "name":
      return [];
    case "template":
      return expression.parts;
    case "attribute":
      return [expression.of];
    case "index":
      return [expression.of, expression.key];
    case "splat":
      return [expression.of, expression.each];
    case "call":
      return expression.args;
    case "unary":
      return [expression.operand];
    case "binary":
      return [expression.left, expression.right];
    case "conditional":
      return [expression.test, expression.whenTrue, expression.whenFalse];
    case "tuple":
      return expression.items;
    case "object":
      return expression.items.flat();
    case "for":
      return [expression.of, expression.resultKey, expression.result, expression.test].filter((it) => it !== undefined);
    default:
      return expression satisfies never;
  }
}
