import jsonata from "jsonata";
import { expect, test } from "vitest";
import { isTrue } from "./if.ts";

test.for([null, true, false, 0, 1, -1, "", "a", "false", {}, { a: null }, [], [0], [0, [1]], [[], {}], ["", "a"]])(
  "%j is true or false as for JSONata's own $boolean",
  async (value) => {
    expect(isTrue(value)).toBe(await jsonata("$boolean(value)").evaluate({ value }));
  },
);
