import { readFile } from "node:fs/promises";
import { recognizedOptions } from "@grpc/grpc-js/build/src/channel-options.js";
import { expect, test } from "vitest";
import { isChannelError } from "../errors.ts";
import { GRPC_OPTIONS, readGrpcOptions, type Settings } from "./grpc-js-options.ts";

function read(options: Readonly<Record<string, unknown>>): Settings {
  return readGrpcOptions(options, (name) => expect.unreachable(`${name} is unknown`));
}

function refusal(options: Readonly<Record<string, unknown>>): string {
  try {
    read(options);
    return "accepted";
  } catch (error) {
    return isChannelError(error) ? error.rawMessage : String(error);
  }
}

test("each option that grpc-js 1.14 knows has a treatment", () => {
  expect(Object.keys(recognizedOptions).filter((name) => !Object.hasOwn(GRPC_OPTIONS, name))).toEqual([]);
});

test("the guide has the table", async () => {
  const guide = await readFile(new URL("../../../../docs/guides/grpc-js.md", import.meta.url), "utf8");
  const rows = Object.entries(GRPC_OPTIONS).map(([name, { kind, note }]) => `| \`${name}\` | ${kind} | ${note} |`);
  expect(guide).toContain(["| option of grpc-js | here | by |", "|---|---|---|", ...rows, ""].join("\n"));
});

test("options that are honoured become options of the channel", () => {
  const settings = read({
    "grpc.default_authority": "orders",
    "grpc.ssl_target_name_override": "orders.internal",
    "grpc.keepalive_time_ms": 10_000,
    "grpc.keepalive_timeout_ms": 5_000,
    "grpc.max_receive_message_length": 8 << 20,
    "grpc.max_send_message_length": 1_000,
    "grpc.dns_min_time_between_resolutions_ms": 7_000,
    "grpc.enable_retries": 0,
    "grpc.service_config": "{}",
    "grpc.enable_http_proxy": 0,
    interceptors: [],
  });
  expect(settings).toEqual({
    channel: {
      authority: "orders",
      keepaliveTimeMs: 10_000,
      keepaliveTimeoutMs: 5_000,
      maxReceiveMessageBytes: 8 << 20,
      minRefreshMs: 7_000,
      maxAttempts: 1,
    },
    serverName: "orders.internal",
    maxSendMessageBytes: 1_000,
    serviceConfig: "{}",
    usesProxy: false,
  });
});

test("values that mean no limit, and values out of our range", () => {
  const { channel, maxSendMessageBytes } = read({
    "grpc.keepalive_time_ms": 0x7fff_ffff,
    "grpc.keepalive_timeout_ms": 1,
    "grpc.max_receive_message_length": -1,
    "grpc.max_send_message_length": -1,
    "grpc.dns_min_time_between_resolutions_ms": 0,
    "grpc.enable_retries": 1,
  });
  expect(channel).toEqual({
    keepaliveTimeMs: Infinity,
    keepaliveTimeoutMs: 100,
    maxReceiveMessageBytes: 1 << 30,
    minRefreshMs: 100,
  });
  expect(maxSendMessageBytes).toBeUndefined();
  expect(read({ "grpc.http2.max_pings_without_data": 0 }).channel.maxPingsWithoutData).toBe(1_000_000);
  expect(read({ "grpc.http2.max_pings_without_data": 5 }).channel.maxPingsWithoutData).toBe(5);
  expect(read({ "grpc.keepalive_time_ms": 10 }).channel.keepaliveTimeMs).toBe(1_000);
});

test.each([
  ["grpc.http_connect_target", 7],
  ["grpc.http_connect_creds", { user: "secret" }],
  ["grpc.default_compression_algorithm", 1],
])("%s is refused by its name", (name, value) => {
  expect(refusal({ [name]: value })).toContain(`${name}: expected`);
  expect(refusal({ [name]: value })).not.toContain("secret");
});

test.each([
  ["{}", undefined],
  ['{"healthCheckConfig":{}}', ""],
  ['{"healthCheckConfig":{"serviceName":"shop.Orders"}}', "shop.Orders"],
])("the service config %s has the health of %j followed", (config, service) => {
  expect(read({ "grpc.service_config": config }).channel.healthService).toBe(service);
});

test("a service of health that is no text is refused", () => {
  expect(refusal({ "grpc.service_config": '{"healthCheckConfig":{"serviceName":7}}' })).toContain(
    "healthCheckConfig.serviceName as a text",
  );
});

test("identity and gzip are the compressions that are known", () => {
  expect(read({ "grpc.default_compression_algorithm": 0 }).channel).toEqual({});
  expect(read({ "grpc.default_compression_algorithm": 2 }).channel).toEqual({ compression: "gzip" });
});

test.each([
  ["grpc.keepalive_time_ms", "10s", "a number"],
  ["grpc.max_send_message_length", Number.NaN, "a number"],
  ["grpc.default_authority", 7, "text"],
])("%s: %j is refused", (name, value, expected) => {
  expect(refusal({ [name]: value })).toContain(`${name}: expected ${expected}`);
});

test("names of grpc-js that no row knows are reported, and options of the client are not", () => {
  const unknown: string[] = [];
  const options = { "grpc.of_tomorrow": 1, "grpc-node.too": 1, interceptors: [], "grpc.enable_channelz": undefined };
  expect(readGrpcOptions(options, (name) => unknown.push(name)).channel).toEqual({});
  expect(unknown).toEqual(["grpc.of_tomorrow", "grpc-node.too"]);
});
