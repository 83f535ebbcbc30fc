import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
// Not exported by the package's index: the names that its servers and clients check.
import { recognizedOptions } from "@grpc/grpc-js/build/src/channel-options.js";
import { expect, test } from "vitest";
import { CHANNEL_OPTIONS, GRPC_SERVER_OPTIONS, readServerOptions } from "./options.ts";

const GUIDE = fileURLToPath(new URL("../../../../docs/guides/grpc-js.md", import.meta.url));

test("each option of grpc-js has a treatment, or is one of channels", () => {
  const known = (name: string): boolean => Object.hasOwn(GRPC_SERVER_OPTIONS, name) || CHANNEL_OPTIONS.has(name);
  expect(Object.keys(recognizedOptions).filter((name) => !known(name))).toEqual([]);
});

test("the guide has the table", () => {
  const rows = Object.entries(GRPC_SERVER_OPTIONS).map(
    ([name, { kind, note }]) => `| \`${name}\` | ${kind} | ${note} |`,
  );
  const guide = readFileSync(GUIDE, "utf8");
  expect(rows.filter((row) => !guide.includes(row))).toEqual([]);
});

test.for([
  ["grpc.max_receive_message_length", -1, { maxReceiveMessageBytes: 1 << 30 }],
  ["grpc.max_send_message_length", -1, { maxSendMessageBytes: Number.POSITIVE_INFINITY }],
  ["grpc.max_send_message_length", 10, { maxSendMessageBytes: 10 }],
  ["grpc.max_connection_age_ms", 0x7fff_ffff, { maxConnectionAgeMs: Number.POSITIVE_INFINITY }],
  ["grpc.max_connection_idle_ms", 60_000, { maxConnectionIdleMs: 60_000 }],
  ["grpc.max_connection_idle_ms", 0, { maxConnectionIdleMs: 100 }],
  ["grpc.max_connection_idle_ms", 0x7fff_ffff, { maxConnectionIdleMs: Number.POSITIVE_INFINITY }],
  ["grpc.keepalive_time_ms", 0, { keepaliveTimeMs: Number.POSITIVE_INFINITY }],
  ["grpc.keepalive_time_ms", 30_000, { keepaliveTimeMs: 30_000 }],
  ["grpc.default_authority", "a name", {}],
] as const)("%s: %j", ([name, value, expected]) => {
  const unknown = (): never => expect.fail("the option is known");
  expect(readServerOptions({ [name]: value }, unknown)).toMatchObject(expected);
});
