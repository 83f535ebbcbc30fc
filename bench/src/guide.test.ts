// The documents are what the command makes of the figures that are kept: that needs no measurement, and no time is asserted.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { fillGuide, makeDocuments } from "./guide.ts";
import { drawPicture, PICTURES } from "./picture.ts";
import { type Result, readResult } from "./results.ts";

const UNARY: Result = {
  name: "unary",
  node: "v24",
  unit: "µs CPU per call",
  ours: 6,
  peers: { "grpc-js": 60, "nice-grpc": 70, "connect-node": 120, "node:http2": 30 },
  ratio: { "grpc-js": 0.1, "nice-grpc": 0.086, "connect-node": 0.05, "node:http2": 0.2 },
  variants: {
    "grpc-js-stub": { unit: "µs CPU per call", ours: 12, peers: { "grpc-js": 60 }, ratio: { "grpc-js": 0.2 } },
    throughput: {
      unit: "calls/s",
      ours: 9,
      peers: { "grpc-js": 3, sockets: 18 },
      ratio: { "grpc-js": 3, sockets: 0.5 },
    },
  },
  notes: "three rounds",
  machine: "a machine",
};

test.for([...makeDocuments()])('%s is what "npm run -s bench -- guide" writes', ([path, content]) => {
  expect(readFileSync(path, "utf8")).toBe(content);
});

test("the guide's command to replace its figures measures each of its tables", () => {
  const [guide = ""] = [...makeDocuments()]
    .map(([, content]) => content)
    .filter((each) => each.startsWith("# Performance"));
  const measured = /npm run -s bench -- (.+) --save\nnpm run -s bench -- guide/.exec(guide)?.[1]?.split(" ");
  expect(measured).toEqual([...guide.matchAll(/<!-- bench (\S+) -->/g)].map(([, name]) => name));
});

test("a table has a row for each variant, and a column for each peer of any of them with its ratio", () => {
  const guide = "before\n<!-- bench unary -->\nold\n<!-- end -->\nafter\n";
  const filled = fillGuide(guide, () => UNARY);

  expect(filled.split("\n")).toEqual([
    "before",
    "<!-- bench unary -->",
    "",
    "| µs CPU per call | ours | grpc-js | nice-grpc | connect-node | node:http2 | sockets |",
    "| --- | --- | --- | --- | --- | --- | --- |",
    "| **unary** | 6 | 60 (0.1 ×) | 70 (0.086 ×) | 120 (0.05 ×) | 30 (0.2 ×) |  |",
    "| `grpc-js-stub` | 12 | 60 (0.2 ×) |  |  |  |  |",
    "| `throughput`, calls/s | 9 | 3 (3 ×) |  |  |  | 18 (0.5 ×) |",
    "",
    "`npm run -s bench -- unary --save`, Node v24, a machine. Three rounds.",
    "",
    "<!-- end -->",
    "after",
    "",
  ]);
  expect(fillGuide(filled, () => UNARY)).toBe(filled);
});

test("a benchmark of several cases has a row for each", () => {
  const filled = fillGuide("<!-- bench pick -->\n<!-- end -->\n", () => ({
    ...UNARY,
    unit: "ns",
    ours: { "2": 30, "10": 50 },
    peers: {},
    ratio: {},
  }));
  expect(filled).toContain("|  | ns |\n| --- | --- |\n| 2 | 30 |\n| 10 | 50 |\n");
});

test("a picture's bars are as long as the figures, and it has colours for dark pages", () => {
  const [ofClient] = PICTURES.filter(({ benchmark }) => benchmark === "unary");
  if (ofClient === undefined) throw new Error("no picture of the client");
  const picture = drawPicture(ofClient, UNARY);
  const widthOf = (figure: string): number =>
    Number(new RegExp(`width="([\\d.]+)" height="20" rx="3"/>\\n  <text [^>]*>${figure} µs`).exec(picture)?.[1]);

  expect(widthOf("120") / widthOf("12")).toBeCloseTo(10, 1);
  expect(widthOf("60") / widthOf("6")).toBeCloseTo(10, 1);
  expect(picture).toContain("prefers-color-scheme: dark");
  expect(picture).toContain("6 µs · 0.10 ×");
});

test.for(PICTURES)("$file is not drawn from the figures of another benchmark", (picture) => {
  expect(() => drawPicture(picture, { ...UNARY, name: "pick" })).toThrow(
    `expected the figures of "npm run -s bench -- ${picture.benchmark}"`,
  );
});

test("figures that are not there are an error that says how to get them", () => {
  expect(() => readResult("unarry")).toThrow('"npm run -s bench -- unarry --save"');
});
