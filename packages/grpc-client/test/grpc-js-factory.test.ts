/**
 * A client of grpc-js that is made with an address, credentials and `grpc.*` options keeps all of them; `channelFactoryOverride` is
 * the line that is new.
 */

import * as v14 from "@grpc/grpc-js";
import * as v8 from "grpc-js-1.8";
import * as v10 from "grpc-js-1.10";
import * as v12 from "grpc-js-1.12";
import * as v13 from "grpc-js-1.13";
import { describe, expect, test } from "vitest";
import {
  createGrpcJsChannel,
  createGrpcJsChannelFactory,
  type GrpcJsChannel,
  type GrpcJsFactoryOptions,
  type OpenOptions,
} from "../src/adapters/grpc-js.ts";
import { type Channel, createChannel, Status } from "../src/index.ts";
import { ManualResolver, type StubCall, StubServer } from "../src/testing/index.ts";
import { CERTIFICATE, KEY } from "./support/certificate.ts";
import { answered, ECHO, type EchoStub, type GrpcJs, handlers } from "./support/grpc-js-stub.ts";

const NAME = "workflow-agent.local";
const VERSIONS: readonly (readonly [string, GrpcJs])[] = [
  ["1.8.22", v8 as unknown as GrpcJs],
  ["1.10.11", v10 as unknown as GrpcJs],
  ["1.12.6", v12 as unknown as GrpcJs],
  ["1.13.4", v13 as unknown as GrpcJs],
  ["1.14.7", v14],
];

function stubAt(
  address: string,
  credentials: v14.ChannelCredentials,
  options: v14.ClientOptions,
  factory: GrpcJsFactoryOptions = {},
  lib: GrpcJs = v14,
): EchoStub {
  const EchoClient = lib.makeGenericClientConstructor(ECHO, "Echo");
  const channelFactoryOverride = createGrpcJsChannelFactory(createChannel, factory);
  return new EchoClient(address, credentials, { ...options, channelFactoryOverride }) as unknown as EchoStub;
}

describe.each(VERSIONS)("clients of grpc-js %s", (_version, lib) => {
  test("in plaintext", async () => {
    await using server = await StubServer.start({ handlers });
    const stub = stubAt(server.address, lib.credentials.createInsecure(), {}, {}, lib);
    expect(await answered((callback) => stub.say("hello", callback))).toEqual({ error: null, answer: "hello" });
    stub.close();
  });

  test("with TLS, and credentials of calls that are combined with those of the channel", async () => {
    await using server = await StubServer.start({ handlers, tls: { cert: CERTIFICATE, key: KEY } });
    const token = lib.credentials.createFromMetadataGenerator((_options, callback) => {
      const metadata = new lib.Metadata();
      metadata.set("x-ask", "a token");
      callback(null, metadata);
    });
    const credentials = lib.credentials.combineChannelCredentials(lib.credentials.createSsl(), token);
    const options = { "grpc.ssl_target_name_override": NAME };
    const stub = stubAt(server.address, credentials, options, { tls: { ca: CERTIFICATE } }, lib);
    const headers = new Promise<v14.Metadata>((resolve) => {
      stub.say("hello", () => {}).on("metadata", resolve);
    });
    expect((await headers).get("x-header")).toEqual(["a token"]);
    stub.close();
  });
});

describe("what a client was made with", () => {
  test("becomes options of the channel", () => {
    const opened: (readonly [string, OpenOptions])[] = [];
    const factory = createGrpcJsChannelFactory((target, options) => {
      opened.push([target, options]);
      return createChannel(target, { ...options, resolvers: [new ManualResolver()] });
    });
    const options = { "grpc.default_authority": "orders", "grpc.keepalive_time_ms": 20_000, "grpc.enable_retries": 0 };
    const channel = factory("orders:50051", v14.credentials.createInsecure(), options);
    expect(opened).toEqual([
      [
        "orders:50051",
        { authority: "orders", keepaliveTimeMs: 20_000, maxAttempts: 1, proxy: "environment", tls: undefined },
      ],
    ]);
    channel.close();
  });

  test("its channels follow the health that its own service config names, unless a client has one", () => {
    const followed: unknown[] = [];
    const serviceConfig = '{"healthCheckConfig":{"serviceName":"shop.Orders"}}';
    const open = (target: string, options: OpenOptions): Channel => {
      followed.push(options.healthService);
      return createChannel(target, { ...options, resolvers: [new ManualResolver()] });
    };
    const factory = createGrpcJsChannelFactory(open, { serviceConfig });
    for (const options of [{}, { "grpc.service_config": '{"healthCheckConfig":{}}' }, { "grpc.service_config": "{}" }])
      factory("orders:50051", v14.credentials.createInsecure(), options).close();
    expect(followed).toEqual(["shop.Orders", "", undefined]);
  });

  test("limits of messages and a service config act on calls", async () => {
    const timeouts: unknown[] = [];
    const say = async (call: StubCall): Promise<void> => {
      timeouts.push(call.headers["grpc-timeout"]);
      await handlers[ECHO.say.path]?.(call);
    };
    await using server = await StubServer.start({ handlers: { ...handlers, [ECHO.say.path]: say } });
    const config = {
      methodConfig: [{ name: [{ service: "test.Echo" }], timeout: "86400s" }],
    };
    const options = { "grpc.max_send_message_length": 5, "grpc.service_config": JSON.stringify(config) };
    const stub = stubAt(server.address, v14.credentials.createInsecure(), options);
    expect(await answered((callback) => stub.say("hello", callback))).toEqual({ error: null, answer: "hello" });
    expect(timeouts).toEqual([expect.stringMatching(/^86\d+[mS]$/)]);
    const { error } = await answered((callback) => stub.say("hello!", callback));
    expect(error).toMatchObject({ code: Status.resourceExhausted });
    stub.close();
  });

  test("a message above grpc.max_receive_message_length ends its call", async () => {
    await using server = await StubServer.start({ handlers });
    const stub = stubAt(server.address, v14.credentials.createInsecure(), { "grpc.max_receive_message_length": 5 });
    const { error } = await answered((callback) => stub.say("hello!", callback));
    expect(error).toMatchObject({ code: Status.resourceExhausted });
    stub.close();
  });

  const { createInsecure, createSsl } = v14.credentials;
  test.each([
    ["secure credentials without TLS", "a:1", createSsl, {}, {}, "credentials: expected insecure ones, or the option"],
    ["insecure ones with it", "a:1", createInsecure, {}, { tls: true }, "credentials: expected secure ones"],
    ["a target", "xds:///orders", createInsecure, {}, {}, "got the scheme xds"],
    ["a proxy", "unix:p", createInsecure, { "grpc.http_connect_target": "b:1" }, {}, "proxy: expected"],
    ["compression", "a:1", createInsecure, { "grpc.default_compression_algorithm": 1 }, {}, "expected 0 (identity)"],
    ["a service config", "a:1", createInsecure, { "grpc.service_config": "{" }, {}, "serviceConfig: expected"],
  ])("%s is refused where the client is made", (_what, address, credentials, options, factory, message) => {
    expect(() => stubAt(address, credentials(), options, factory)).toThrow(message);
  });

  test("an option of the factory that cannot be right is refused before the first client", () => {
    expect(() => createGrpcJsChannelFactory(createChannel, { defaultTimeoutMs: -1 })).toThrow("defaultTimeoutMs");
  });
});

test("an unknown option, and a channel without the proxy of the environment, are said once each, by their names", async () => {
  const warnings: string[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", onWarning);
  process.env["grpc_proxy"] = "http://10.0.0.1:3128";
  try {
    const direct = { "grpc.of_tomorrow": 1, "grpc.enable_http_proxy": 0 };
    for (let i = 0; i < 2; i++) stubAt("127.0.0.1:1", v14.credentials.createInsecure(), direct).close();
    for (const proxy of [undefined, undefined, "environment"])
      createGrpcJsChannel<GrpcJsChannel>(createChannel("127.0.0.1:1", { proxy })).close();
    await new Promise((resolve) => setImmediate(resolve)); // warnings are emitted in the next tick
  } finally {
    delete process.env["grpc_proxy"];
    process.removeListener("warning", onWarning);
  }
  expect(warnings).toEqual([
    "the channel option grpc.of_tomorrow has no effect",
    expect.stringContaining("grpc_proxy names a proxy, and the channel to 127.0.0.1:1 connects without it"),
  ]);
});
