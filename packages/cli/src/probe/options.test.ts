import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";
import { FlagError } from "./flag-error.ts";
import { type ProbeOptions, parseProbeOptions } from "./options.ts";

const file = fileURLToPath(import.meta.url);

function parse(...args: readonly string[]): ProbeOptions {
  const options = parseProbeOptions(args);
  if (options === "help") throw new Error("asked for help");
  return options;
}

function lineOf(args: readonly string[]): string {
  try {
    parse(...args);
  } catch (error) {
    if (error instanceof FlagError) return error.message;
    throw error;
  }
  return "accepted";
}

test("a certificate comes from a file or from a variable of the environment, which must be set", () => {
  process.env["PROBE_TEST_CERT"] = "PEM of a test";
  try {
    const { tls } = parse("-addr=:1", "-tls", "-tls-client-cert=env:PROBE_TEST_CERT", `-tls-client-key=${file}`);
    expect([String(tls?.cert), tls?.key?.length]).toEqual(["PEM of a test", readFileSync(file).length]);
  } finally {
    delete process.env["PROBE_TEST_CERT"];
  }
  expect(lineOf(["-addr=:1", "-tls", "-tls-ca-cert=env:PROBE_TEST_CERT"])).toBe(
    "-tls-ca-cert=env:PROBE_TEST_CERT: expected PEM in the variable PROBE_TEST_CERT, which is not set",
  );
});

describe("a flag has every syntax of Go's flag package", () => {
  test.each([
    [["-addr=localhost:50051"]],
    [["--addr=localhost:50051"]],
    [["-addr", "localhost:50051"]],
    [["-addr=:50051"]],
    [["-addr=:1", "-addr=:50051"]],
    [["-v=false", "-addr=:50051", "-tls=0"]],
    [["-v=F", "-addr=dns:///localhost:50051", "-tls=FALSE"]],
  ])("%j", (args) => {
    expect(parse(...args)).toMatchObject({
      address: { kind: "grpc", socket: { host: "localhost", port: 50051 } },
      service: "",
      userAgent: "grpc_health_probe",
      connectTimeoutMs: 1_000,
      rpcTimeoutMs: 1_000,
      tls: undefined,
      verbose: false,
    });
  });
});

test("all flags can be given together", () => {
  const options = parse(
    ...["-addr=[::1]:443", "-service=a.B", "-user-agent=me", "-connect-timeout=250ms", "-rpc-timeout", "1m1.5s", "-v"],
    ...["-rpc-header=X-A: 1", "-rpc-header=x-b:2", "-tls", `-tls-ca-cert=${file}`, "-tls-server-name=a.b"],
    ...[`-tls-client-cert=${file}`, `-tls-client-key=${file}`],
  );
  expect(options).toMatchObject({
    address: { socket: { host: "::1", port: 443 }, authority: "[::1]:443" },
    service: "a.B",
    userAgent: "me",
    connectTimeoutMs: 250,
    rpcTimeoutMs: 61_500,
    headers: { "x-a": "1", "x-b": "2" },
    tls: { verify: true, serverName: "a.b" },
    verbose: true,
  });
  expect(options.tls?.ca?.length).toBeGreaterThan(0);
});

describe("an invalid command line gets one line that names the flag", () => {
  test.each([
    [[], "-addr is missing: expected host:port"],
    [["-addr=localhost"], "-addr=localhost: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr=localhost:65536"], "-addr=localhost:65536: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr=::1:50051"], "-addr=::1:50051: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr"], "-addr: expected a value"],
    [["-addr=:0"], "-addr=:0: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr=unix:"], "-addr=unix:: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr=unix://a"], "-addr=unix://a: expected host:port, unix:PATH or http://host:port/path"],
    [["-addr=:1", "-fast"], "unknown flag -fast"],
    [["-addr=:1", "now"], 'unexpected argument "now"'],
    [["-addr=:1", "-v=maybe"], "-v=maybe: expected true or false"],
    [["-addr=:1", "-rpc-timeout=5"], "-rpc-timeout=5: expected a duration above zero, such as 250ms"],
    [["-addr=:1", "-connect-timeout=0s"], "-connect-timeout=0s: expected a duration above zero, such as 250ms"],
    [["-addr=:1", "-rpc-header=x"], "-rpc-header=x: expected name: value"],
    [["-addr=:1", "-tls-no-verify"], "-tls-no-verify needs -tls"],
    [["-addr=:1", "-tls-server-name=a"], "-tls-server-name needs -tls"],
    [["-addr=:1", "-tls", "-tls-client-cert=a"], "-tls-client-cert needs -tls-client-key"],
    [["-addr=:1", "-tls", "-tls-client-key=a"], "-tls-client-key needs -tls-client-cert"],
    [["-addr=:1", "-tls", "-tls-no-verify", "-tls-ca-cert=a"], "-tls-no-verify cannot be with -tls-ca-cert"],
  ])("%j", (args, line) => {
    expect(lineOf(args)).toBe(line);
  });

  test("a certificate file that cannot be read", () => {
    expect(lineOf(["-addr=:1", "-tls", "-tls-ca-cert=/none.pem"])).toMatch(/^-tls-ca-cert=\/none.pem: expected a PEM/);
  });
});

test.each([
  ["1s", 1_000],
  ["1.5s", 1_500],
  ["1h1m1s1ms", 3_661_001],
  ["500us", 0.5],
  ["500\u00b5s", 0.5],
  ["500\u03bcs", 0.5],
  ["250000ns", 0.25],
  [".5s", 500],
  ["1.s", 1_000],
  ["+2s", 2_000],
  ["0.5ms", 0.5],
  ["0", undefined],
  ["0s", undefined],
  [".s", undefined],
  ["1s ", undefined],
  ["-1s", undefined],
  ["", undefined],
  ["s", undefined],
  ["1", undefined],
  ["1d", undefined],
])("the duration %s is %s ms", (text, expected) => {
  expect(parseDuration(text)).toBe(expected);
});

test.each([
  ["unix:/run/agent.sock", "/run/agent.sock"],
  ["unix:///run/agent.sock", "/run/agent.sock"],
  ["unix:agent.sock", "agent.sock"],
])("-addr=%s is the socket at %s", (text, path) => {
  expect(parse(`-addr=${text}`).address).toEqual({ kind: "grpc", socket: { path }, authority: "localhost", text });
});

test("a timeout above the longest timer of Node does not fire at once", () => {
  expect(parse("-addr=:1", "-rpc-timeout=10000h").rpcTimeoutMs).toBe(2_147_483_647);
});
