import { expect, test } from "vitest";
import { toJson, toTable } from "./report.ts";

const compared = {
  unit: "µs",
  ours: 20,
  peers: { "grpc-js": 80, "node:http2": 32.123_4 },
  notes: ["a quiet machine"],
};
const byCase = { unit: "ns", ours: { "2": 25.04, "1000": 2_683.7 }, peers: {}, notes: [] };

test("the JSON line holds raw figures, and ratios that are ours divided by the peer's", () => {
  expect(JSON.parse(toJson("unary", compared))).toEqual({
    name: "unary",
    node: process.version,
    unit: "µs",
    ours: 20,
    peers: { "grpc-js": 80, "node:http2": 32.1 },
    ratio: { "grpc-js": 0.25, "node:http2": 0.623 },
  });
});

test("a variant may have a unit of its own", () => {
  const variants = { speed: { unit: "MiB/s", ours: 30, peers: { "grpc-js": 10 } } };
  const figures = { ...compared, variants };
  expect(JSON.parse(toJson("large", figures)).variants.speed).toMatchObject({ unit: "MiB/s", ratio: { "grpc-js": 3 } });
  expect(toTable(figures)).toMatch(/^speed +MiB\/s +ours \/ peer$/m);
});

test("a variant has figures of its own in the same shape", () => {
  const { variants } = JSON.parse(
    toJson("unary", { ...compared, variants: { stub: { ours: 30, peers: { "grpc-js": 80 } } } }),
  );
  expect(variants).toEqual({ stub: { unit: "µs", ours: 30, peers: { "grpc-js": 80 }, ratio: { "grpc-js": 0.375 } } });
});

test("a benchmark of several cases has a figure for each", () => {
  expect(JSON.parse(toJson("pick", byCase))).toEqual({
    name: "pick",
    node: process.version,
    unit: "ns",
    ours: { "2": 25, "1000": 2_680 },
    peers: {},
    ratio: {},
  });
});

test("the table has a line for each, and the notes below", () => {
  const columns = (table: string): string[][] => table.split("\n").map((line) => line.split(/ {2,}/));

  expect(columns(toTable(compared))).toEqual([
    ["", "µs", "ours / peer"],
    ["ours", "20"],
    ["grpc-js", "80", "0.25"],
    ["node:http2", "32.1", "0.623"],
    ["a quiet machine"],
  ]);
  const variants = { stub: { ours: 30, peers: { "grpc-js": 80 } } };
  expect(columns(toTable({ ...compared, peers: {}, variants }))).toEqual([
    ["", "µs"],
    ["ours", "20"],
    ["stub", "µs", "ours / peer"],
    ["ours", "30"],
    ["grpc-js", "80", "0.375"],
    ["a quiet machine"],
  ]);
  expect(columns(toTable(byCase))).toEqual([
    ["", "ns"],
    ["2", "25"],
    ["1000", "2680"],
  ]);
});
