/** Benchmarks that start many processes, quick: that they run and what they print, never a time. The others are in bench/src/bench.test.ts. */

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { whyNoRedisServer } from "@agent-team/test-support/redis-server";
import { expect, test } from "vitest";

/** Figures that are 0 on an idle machine. */
const MAY_BE_ZERO: ReadonlySet<string> = new Set(["waiting-runs", "waiting-run", "timer-of-1-s"]);

/** Variants that not all peers of their benchmark have. A size is ours alone. */
const FEWER_PEERS: Readonly<Record<string, readonly string[]>> = {
  tls: ["grpc-js", "sockets"],
  "tls-objects-and-buffers": ["grpc-js", "sockets"],
  "call-in-flight": ["grpc-js-stub", "grpc-js"],
  "call-in-flight-objects-and-buffers": ["grpc-js-stub", "grpc-js"],
  "first-call": ["grpc-js"],
  "minified-at-import": [],
  "minified-all": [],
};

const MAIN = join(import.meta.dirname, "..", "..", "bench", "src", "main.ts");

test.for([
  ["scale", "µs CPU per call", ["over-node-http2", "grpc-js"]],
  ["memory", "KiB per idle connection", ["over-node-http2", "grpc-js", "sockets"]],
  ["server-memory", "KiB per idle connection", ["grpc-js"]],
  ["lb-path", "ms, p99 with one slow task", ["grpc-js", "ours through the balancer", "grpc-js through the balancer"]],
  ["startup", "ms CPU per import", ["grpc-js", "nice-grpc", "connect-node"]],
] as const)("%s goes through every peer", async ([name, unit, peers]) => {
  const args = [...process.execArgv, MAIN, name, "--quick", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);

  expect(stderr).toBe("");
  const figures = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
  expect(figures).toMatchObject({ name, node: process.version, unit, ours: expect.any(Number) });
  expect(Object.keys(figures.peers)).toEqual(peers);
  for (const [key, variant] of Object.entries<typeof figures>(figures.variants ?? {}))
    expect(Object.keys(variant.peers), key).toEqual(FEWER_PEERS[key] ?? peers);
});

test("readers measures those of one turn and one run, and of a turn and a run each", async () => {
  const args = [...process.execArgv, MAIN, "readers", "--quick", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);

  expect(stderr).toBe("");
  const { unit, ours } = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
  expect(unit).toBe("KiB per reader");
  const cases = ["one turn", "a turn each", "one run", "a run each"];
  expect(Object.keys(ours)).toEqual(cases.flatMap((name) => [`${name}, resident`, `${name}, objects`]));
  for (const [name, kib] of Object.entries(ours)) if (name.endsWith("objects")) expect(kib, name).toBeGreaterThan(0);
  expect(stdout).toContain(
    "calls of the gateway for all of them: one turn 1, a turn each 12, one run 1, a run each 12",
  );
});

test("runs takes every step, and says that its peer was left out", async ({ skip }) => {
  skip(whyNoRedisServer !== undefined, whyNoRedisServer);
  const args = [...process.execArgv, MAIN, "runs", "--quick", "--json"];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args);

  expect(stderr).toBe("SKIPPED restate: --quick does not install it\n");
  const { unit, ours, peers, variants } = JSON.parse(stdout.trimEnd().split("\n").at(-1) as string);
  expect({ unit, peers }).toEqual({ unit: "µs CPU of all processes per node", peers: {} });
  expect(ours).toBeGreaterThan(0);
  expect(Object.keys(variants)).toEqual([
    "node-executions",
    "ten-nodes",
    "append",
    "append-after-10-events",
    "append-after-1000-events",
    "timer-of-1-s",
    "timer-of-4-s",
    "waiting-runs",
    "waiting-run",
  ]);
  for (const [name, variant] of Object.entries<typeof variants>(variants))
    if (!MAY_BE_ZERO.has(name)) expect(variant.ours, name).toBeGreaterThan(0);
});
