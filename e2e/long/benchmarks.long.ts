/** Benchmarks that start many processes, quick: that they run and what they print, never a time. The others are in bench/src/bench.test.ts. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const MAIN = join(import.meta.dirname, "..", "..", "bench", "src", "main.ts");

test.for([
  ["scale", "µs CPU per call", ["over-node-http2", "grpc-js"]],
  ["memory", "KiB per idle connection", ["over-node-http2", "grpc-js"]],
  ["startup", "ms CPU per import", ["grpc-js", "nice-grpc", "connect-node"]],
] as const)("%s goes through every peer", async ([name, unit, peers]) => {
  const args = [...process.execArgv, MAIN, name, "--quick", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);

  expect(stderr).toBe("");
  const figures = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
  expect(figures).toMatchObject({ name, node: process.version, unit, ours: expect.any(Number) });
  expect(Object.keys(figures.peers)).toEqual(peers);
});
