/** Drafted conditions on real data: lists, numbers in text, missing fields. JSONata evaluates them. */

import type { WorkflowSpec } from "@agent-team/contracts";
import jsonata from "jsonata";
import { describe, expect, test } from "vitest";
import { converse } from "./plan.ts";

function expressionOf(spec: WorkflowSpec | undefined, subtype: string, field: string): string {
  const value = spec?.nodes.find((node) => node.subtype === subtype)?.configuration?.[field];
  return typeof value === "string" ? value.replace(/^\{% (.*) %\}$/, "$1") : "";
}

/** The branch that a condition takes over a fetched body, with what the engine lets an expression see. */
async function holds(condition: string, body: unknown): Promise<boolean> {
  const { spec, text } = converse(`fetch https://x.test/a and if ${condition} tell #ops "x"`);
  expect(spec, text).toBeDefined();
  const expression = expressionOf(spec, "IF", "condition");
  const output = { status: 200, headers: {}, body };
  return Boolean(await jsonata(expression).evaluate({ input: output, nodes: { fetch_a: output }, trigger: null }));
}

const YES = true;
const NO = false;

const TABLE: readonly (readonly [condition: string, bodies: readonly (readonly [body: unknown, holds: boolean])[]])[] =
  [
    [
      "total is over 1000",
      [
        [{ total: 1001 }, YES],
        [{ total: 1000 }, NO],
        [{ total: "1001" }, YES],
        [{ total: "12.50 EUR" }, NO],
        [{ total: "" }, NO],
        [{ total: null }, NO],
        [{ total: true }, NO],
        [{ total: { net: 2000 } }, NO],
        [{ total: [5, "2000"] }, YES],
        [{}, NO],
        [null, NO],
        ["some text", NO],
        [[], NO],
        [[{ total: 5 }, { total: 2000 }], YES],
        [[{ total: 5 }, {}], NO],
        [[{ total: "2000" }], YES],
        [{ total: 1e21 }, YES],
      ],
    ],
    [
      'state is not "ok"',
      [
        [{ state: "bad" }, YES],
        [{ state: "ok" }, NO],
        [{}, YES],
        [{ state: null }, YES],
        [null, YES],
        ["gateway error", YES],
        [[{ state: "ok" }, { state: "bad" }], YES],
        [[{ state: "ok" }, {}], YES],
        [[{ state: "ok" }, { state: "ok" }], NO],
        [[], NO],
      ],
    ],
    [
      "count is not 5",
      [
        [{ count: 5 }, NO],
        [{ count: "5" }, NO],
        [{ count: 6 }, YES],
        [{}, YES],
        [{ count: "many" }, YES],
      ],
    ],
    [
      "count = 5",
      [
        [{ count: "5" }, YES],
        [{ count: 5 }, YES],
        [{ count: "5 pieces" }, NO],
        [{}, NO],
      ],
    ],
    [
      "total is at least 10 and state is open",
      [
        [{ total: 10, state: "open" }, YES],
        [{ total: 10, state: "closed" }, NO],
        [{ total: 10 }, NO],
        [
          [
            { total: 10, state: "closed" },
            { total: 5, state: "open" },
          ],
          NO,
        ],
        [[{ total: 5 }, { total: 12, state: "open" }], YES],
      ],
    ],
    [
      "country is DE or AT",
      [
        [{ country: "DE" }, YES],
        [{ country: "AT" }, YES],
        [{ country: "CH" }, NO],
        [[{ country: "CH" }, { country: "AT" }], YES],
      ],
    ],
    [
      "total is over 5 and under 10",
      [
        [{ total: 7 }, YES],
        [{ total: "7" }, YES],
        [{ total: 5 }, NO],
        [{ total: 11 }, NO],
      ],
    ],
    [
      'tags contains "urgent"',
      [
        [{ tags: ["late", "urgent"] }, YES],
        [{ tags: "very urgent" }, YES],
        [{ tags: [] }, NO],
        [{}, NO],
        [{ tags: 5 }, NO],
      ],
    ],
    [
      'subject does not contain "spam"',
      [
        [{ subject: "spam!" }, NO],
        [{ subject: "hello" }, YES],
        [{}, YES],
      ],
    ],
    [
      "email is missing",
      [
        [{}, YES],
        [{ email: null }, YES],
        [{ email: "" }, YES],
        [{ email: "a@b.test" }, NO],
        [{ email: [] }, YES],
        [[{ email: "a@b.test" }, {}], YES],
      ],
    ],
    [
      "error is not null",
      [
        [{ error: "x" }, YES],
        [{ error: null }, NO],
        [{}, NO],
      ],
    ],
    [
      "email exists",
      [
        [{ email: "a@b.test" }, YES],
        [{ email: null }, NO],
        [{ email: 0 }, YES],
        [{ email: false }, YES],
        [{}, NO],
      ],
    ],
    [
      "any total is over 1000",
      [
        [{ orders: [{ total: 5 }, { total: "2000" }] }, YES],
        [{ orders: { nested: { total: 2000 } } }, YES],
        [[{ total: 2000 }], YES],
        [{ total: 2000 }, YES],
        [{ orders: [] }, NO],
        [null, NO],
      ],
    ],
    [
      "user.age is under 18",
      [
        [{ user: { age: 17 } }, YES],
        [{ user: {} }, NO],
        [[{ user: { age: 20 } }, { user: { age: "3" } }], YES],
      ],
    ],
    [
      "active is false",
      [
        [{ active: false }, YES],
        [{ active: true }, NO],
        [{}, NO],
      ],
    ],
  ];

for (const [condition, bodies] of TABLE) {
  describe(`if ${condition}`, () => {
    test.for(bodies)("%j: %j", async ([body, expected]) => {
      expect(await holds(condition, body)).toBe(expected);
    });
  });
}

test("a request that fails counts as a status that is not 200", async () => {
  const { spec } = converse('fetch https://x.test/a and if status is not 200 tell #ops "down"');
  const [, fetch, branch] = spec?.nodes ?? [];
  expect(fetch?.continueOnError).toBe(true);
  expect(spec?.connections.filter(({ toNode }) => toNode === branch?.id).map(({ outputKey }) => outputKey)).toEqual([
    "result",
    "error",
  ]);
  const expression = expressionOf(spec, "IF", "condition");
  const failed = { input: { code: "HTTP_STATUS", message: "answered 503" }, nodes: {}, trigger: null };
  expect(await jsonata(expression).evaluate(failed)).toBe(true);
  const answered = { status: 200, headers: {}, body: null };
  expect(await jsonata(expression).evaluate({ input: answered, nodes: { fetch_a: answered } })).toBe(false);
});

test("a sum includes numbers in text and skips other values", async () => {
  const { spec } = converse("fetch https://x.test/a, sum up total and post the result to #ops");
  const expression = expressionOf(spec, "DATA_TRANSFORMATION", "expression");
  const body = [{ total: 1 }, { total: "2.5" }, {}, { total: "n/a" }];
  expect(await jsonata(expression).evaluate({ input: { body } })).toEqual({ total: 3.5 });
});
