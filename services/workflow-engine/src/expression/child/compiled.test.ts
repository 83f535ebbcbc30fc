import { expect, test } from "vitest";
import { CompiledExpressions } from "./compiled.ts";

test("an expression is parsed once, and an evaluation leaves nothing for the next one", async () => {
  const compiled = new CompiledExpressions();
  const text = '( $before := $exists($seen) ? "seen" : "new"; $seen := input; $before )';

  expect(await compiled.of(text).evaluate({ input: 1 })).toBe("new");
  expect(await compiled.of(text).evaluate({ input: 2 })).toBe("new");
  expect(compiled.of(text)).toBe(compiled.of(text));
});

test("the expressions that were used last are kept, up to 16 Ki characters together", () => {
  const compiled = new CompiledExpressions();
  const long = (digit: number): string => `"${String(digit).repeat(8_000)}"`;
  const first = compiled.of(long(1));
  const second = compiled.of(long(2));
  compiled.of(long(1));

  compiled.of(long(3));

  expect(compiled.of(long(1))).toBe(first);
  expect(compiled.of(long(2))).not.toBe(second);
});

test("what jsonata cannot parse is not kept", () => {
  const compiled = new CompiledExpressions();

  for (let attempt = 0; attempt < 2; attempt++) expect(() => compiled.of("input.(")).toThrow();
});
