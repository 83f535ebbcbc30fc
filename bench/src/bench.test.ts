// The benchmarks as a user starts them, but quick: that they run and what they print is tested, never a time.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));

function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
}

async function bench(...args: string[]): Promise<{ code: number; out: string[]; err: string[] }> {
  const child = start(...args);
  const exited = once(child, "exit") as Promise<[number]>;
  const [out, err] = await Promise.all([linesOf(child.stdout), linesOf(child.stderr)]);
  return { code: (await exited)[0], out, err };
}

async function linesOf(stream: ChildProcess["stdout"]): Promise<string[]> {
  return (await text(stream as NonNullable<typeof stream>)).trimEnd().split("\n");
}

test("unary calls through every peer and ends with their figures", { timeout: 60_000 }, async () => {
  const { code, out, err } = await bench("unary", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const figures = JSON.parse(out.at(-1) as string);
  const peers = ["grpc-js", "nice-grpc", "connect-node", "node:http2"];
  expect(Object.keys(figures)).toEqual(["name", "node", "unit", "ours", "peers", "ratio", "variants"]);
  expect(figures).toMatchObject({ name: "unary", node: process.version, unit: "µs CPU per call" });
  expect(Object.keys(figures.peers)).toEqual(peers);
  expect(Object.keys(figures.ratio)).toEqual(peers);
  expect(figures.ours).toBeGreaterThan(0);
  for (const peer of peers) expect(figures.ratio[peer]).toBeCloseTo(figures.ours / figures.peers[peer], 1);
  expect(Object.keys(figures.variants)).toEqual([
    "over-node-http2",
    "tls",
    "grpc-js-stub",
    "grpc-js-stub-tls",
    "ten-endpoints",
    "grpc-js-stub-ten-endpoints",
    "one-in-flight",
    "one-in-flight-tls",
    "grpc-js-stub-one-in-flight",
  ]);
  for (const [name, variant] of Object.entries<typeof figures>(figures.variants)) {
    expect(variant.unit).toBe("µs CPU per call");
    expect(Object.keys(variant.peers)).toEqual(
      peers.filter((peer) => !name.endsWith("tls") || peer !== "connect-node"),
    );
    expect(variant.ours).toBeGreaterThan(0);
    expect(variant.ratio["grpc-js"]).toBeCloseTo(variant.ours / variant.peers["grpc-js"], 1);
  }
  expect(out.join("\n")).toMatch(/the load server used [\d.]+ µs CPU per call/);
});

test("pick measures each number of endpoints", { timeout: 60_000 }, async () => {
  const { code, out, err } = await bench("pick", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, ...rest } = JSON.parse(out.at(-1) as string);
  expect(rest).toEqual({ name: "pick", node: process.version, unit: "ns per pick", peers: {}, ratio: {} });
  expect(Object.keys(ours)).toEqual(["2", "10", "64", "1000"]);
  for (const ns of Object.values(ours)) expect(ns).toBeGreaterThan(0);
});

test("deadline measures a call alone, a call beside another, and a timer for each call", {
  timeout: 60_000,
}, async () => {
  const { code, out, err } = await bench("deadline", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("ns per call");
  expect(Object.keys(ours)).toEqual(["alone", "beside another", "timer of its own"]);
  for (const ns of Object.values(ours)) expect(ns).toBeGreaterThan(0);
});

test("queue measures each number of waiting calls", { timeout: 60_000 }, async () => {
  const { code, out, err } = await bench("queue", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("ns per stream that ends");
  expect(Object.keys(ours)).toEqual(["256", "10000"]);
  for (const ns of Object.values(ours)) expect(ns).toBeGreaterThan(0);
});

test("stub measures a stub with and without its stack traces, the adapter behind it, and the messages alone", {
  timeout: 60_000,
}, async () => {
  const { code, out, err } = await bench("stub", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("µs CPU per call");
  expect(Object.keys(ours)).toEqual(["stub", "without stack traces", "on our adapter", "codec"]);
  for (const micros of Object.values(ours)) expect(micros).toBeGreaterThan(0);
});

test("hpack measures requests and responses", { timeout: 60_000 }, async () => {
  const { code, out, err } = await bench("hpack", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("ns CPU per block");
  expect(Object.keys(ours)).toEqual([
    "request",
    "without preparing",
    "response",
    "trailers",
    "new trailers",
    "new response",
  ]);
  for (const ns of Object.values(ours)) expect(ns).toBeGreaterThan(0);
});

test("update measures answers with the same endpoints and with another one", { timeout: 60_000 }, async () => {
  const { code, out, err } = await bench("update", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("µs per update");
  expect(Object.keys(ours)).toEqual(["10 same", "10 one", "100 same", "100 one", "1000 same", "1000 one"]);
});

test.for([
  ["latency", "ms", ["over-node-http2", "grpc-js", "node:http2"]],
  ["stream", "µs CPU per message", ["grpc-js", "connect-node"]],
  ["large", "ms CPU per MiB", ["grpc-js"]],
] as const)("%s goes through every peer", { timeout: 60_000 }, async ([name, unit, peers]) => {
  const { code, out, err } = await bench(name, "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const figures = JSON.parse(out.at(-1) as string);
  expect(figures).toMatchObject({ name, node: process.version, unit, ours: expect.any(Number) });
  expect(Object.keys(figures.peers)).toEqual(peers);
  for (const variant of Object.values<typeof figures>(figures.variants ?? {}))
    expect(Object.keys(variant.peers)).toEqual(peers);
});

test("readers measures every kind of reader, a full gateway, and the first events of turns", {
  timeout: 120_000,
}, async () => {
  const { code, out, err } = await bench("readers", "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const { ours, unit, variants } = JSON.parse(out.at(-1) as string);
  expect(unit).toBe("KiB per reader");
  expect(Object.keys(ours)).toEqual(
    ["one turn", "a turn each", "one run", "a run each"].flatMap((kind) => [`${kind}, resident`, `${kind}, objects`]),
  );
  expect(Object.keys(variants)).toEqual(["full-gateway", "full-gateway-reader", "first-event-p50", "first-event-p99"]);
});

test("a run that is killed leaves no process behind", { timeout: 60_000 }, async () => {
  const run = start("unary");
  const gone = once(run, "close"); // after all children have ended, which inherit the output
  await new Promise<void>((resolve) =>
    run.stdout?.on("data", (chunk: Buffer) => {
      if (chunk.includes("in flight")) resolve(); // printed after all of them have started
    }),
  );
  run.kill("SIGKILL");
  await gone;
});

describe("what cannot be run is refused in one line", () => {
  const NAMES =
    "unary, stream, large, latency, pick, queue, deadline, stub, hpack, scale, update, server, both, memory, server-memory, readers, startup, runs, lb-path, guide";

  test.each([
    [[], `expected ${NAMES}; got nothing`],
    [["unarry"], `expected ${NAMES}; got "unarry"`],
    [["toString"], `expected ${NAMES}; got "toString"`],
    [["pick", "--jsn"], expect.stringContaining("--jsn")],
  ])("%j", async (args, problem) => {
    const { code, err } = await bench(...args);

    expect({ code, lines: err.length }).toEqual({ code: 2, lines: 1 });
    expect(err[0]?.replace("npm run bench -- NAME… [--json] [--save] [--quick]: ", "")).toEqual(problem);
  });
});

test.for([
  ["server", ["one-in-flight", "stream-message", "large", "large-throughput"]],
  ["both", ["one-in-flight"]],
] as const)("%s goes through the server of every peer", { timeout: 60_000 }, async ([name, variants]) => {
  const { code, out, err } = await bench(name, "--quick", "--json");

  expect({ code, err }).toEqual({ code: 0, err: [""] });
  const figures = JSON.parse(out.at(-1) as string);
  expect(figures).toMatchObject({ name, node: process.version, unit: "µs CPU per call", ours: expect.any(Number) });
  const peers = ["grpc-js", "connect-node", "node:http2"];
  expect(Object.keys(figures.peers)).toEqual(peers);
  expect(Object.keys(figures.variants)).toEqual(variants);
  for (const variant of Object.values<typeof figures>(figures.variants))
    expect(Object.keys(variant.peers)).toEqual(peers);
});
