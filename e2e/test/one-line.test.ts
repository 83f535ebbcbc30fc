/**
 * The line that changes for users of grpc-js, nice-grpc, NestJS, protobuf-ts and Connect, as the README has it: programs of users run, and
 * each line of the README is one of theirs. `npm run compatibility` compiles them with each version.
 */

import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { StubServer } from "@agent-team/grpc-client/testing";
import { expect, test } from "vitest";

const E2E = join(import.meta.dirname, "..");
const STUBS = join(E2E, "compatibility", "stubs");
const PROTO = join(E2E, "compatibility", "proto", "grpc", "testing", "test.proto");
const NESTJS_TEST = join(E2E, "..", "packages", "grpc-client", "test", "grpc-js-nestjs.test.ts");

/** What a program prints. Its error output is the test's. */
async function outputOf(args: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [...process.execArgv, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  for await (const bytes of child.stdout) output += String(bytes);
  return output;
}

test.each(["grpc-js-generated.mts", "proto-loader.mts", "nice-grpc.mts", "connect.mts"])("%s runs", async (program) => {
  await using server = await StubServer.start({
    handlers: {
      "*": (call) => {
        call.send(new Uint8Array());
        call.end();
      },
    },
  });
  expect(await outputOf([join(STUBS, program), server.address, PROTO])).toBe("ok\n");
  expect(server.calls).toBeGreaterThan(0);
});

test.each([
  ["createGrpcJsChannelFactory(createChannel)", join(STUBS, "grpc-js-generated.mts")],
  ["channelOptions: { channelFactoryOverride", NESTJS_TEST],
  ["channelOptions: { channelFactoryOverride", join(STUBS, "nestjs.cts")],
  ["clientOptions: { channelFactoryOverride", join(STUBS, "protobuf-ts.mts")],
  ["createGrpcJsChannel<Channel>(createChannel(", join(STUBS, "nice-grpc.mts")],
  ["createConnectTransport(", join(STUBS, "connect.mts")],
])("the README's `%s` is that of %s", async (line, program) => {
  expect(await readFile(join(E2E, "..", "README.md"), "utf8")).toContain(line);
  expect(await readFile(program, "utf8")).toContain(line);
});
