import { describe, expect, test } from "vitest";
import { type ChannelOptions, resolveChannelOptions } from "./channel-options.ts";

test("an option that is not set has its default", () => {
  expect(resolveChannelOptions({ connectTimeoutMs: undefined })).toMatchObject({
    tls: undefined,
    connectTimeoutMs: 3_000,
    unaryTimeoutMs: 60_000,
    maxAttempts: 3,
    idempotentMethods: new Set(),
    pushbackBeforeHandler: false,
    maxReceiveMessageBytes: 4 * 1_024 * 1_024,
    maxWaitingCalls: 10_000,
    maxWaitingBytes: 16 * 1_024 * 1_024,
    maxWaitMs: 3_000,
    loadBalancerConnections: 2,
  });
});

test.each(["agents", "agents.local:50051", "10.0.10.7:443", "[fd00::7]:443", "%2Frun%2Fagent.sock"])(
  "%s may be an authority",
  (authority) => {
    expect(resolveChannelOptions({ authority }).authority).toBe(authority);
  },
);

test("tls: true means TLS with its defaults, false means none", () => {
  expect(resolveChannelOptions({ tls: true }).tls).toEqual({});
  expect(resolveChannelOptions({ tls: false }).tls).toBeUndefined();
});

describe("an invalid option is refused by name", () => {
  test.each<[ChannelOptions, string]>([
    [{ connectTimeoutMs: 99 }, "[invalid_argument] connectTimeoutMs: expected 100 to 60000, got 99"],
    [{ idleVerifyMs: 10 }, "[invalid_argument] idleVerifyMs: expected 1000 to 86400000, or Infinity, got 10"],
    [{ keepaliveTimeMs: Number.NaN }, "keepaliveTimeMs: expected 1000 to 86400000, or Infinity, got NaN"],
    [{ keepaliveTimeoutMs: Number.POSITIVE_INFINITY }, "keepaliveTimeoutMs: expected 100 to 60000, got Infinity"],
    [{ maxPingsWithoutData: 1.5 }, "maxPingsWithoutData: expected a whole number from 0 to 1000000, got 1.5"],
    [{ maxConnectionsPerEndpoint: 17 }, "[invalid_argument] maxConnectionsPerEndpoint: expected 1 to 16, got 17"],
    [{ resolvers: [] }, "[invalid_argument] resolvers: expected a list of at least one resolver, got [object Array]"],
    [{ maxWaitMs: -1 }, "[invalid_argument] maxWaitMs: expected 0 to 60000, got -1"],
    [{ loadBalancerConnections: Number.NaN }, "[invalid_argument] loadBalancerConnections: expected 1 to 4, got NaN"],
    [{ unaryTimeoutMs: 0 }, "[invalid_argument] unaryTimeoutMs: expected 1 to Infinity, got 0"],
    [{ unaryTimeoutMs: Number.NaN }, "[invalid_argument] unaryTimeoutMs: expected 1 to Infinity, got NaN"],
    [
      { maxWaitingCalls: 2.5 },
      "[invalid_argument] maxWaitingCalls: expected a whole number from 0 to 1000000, got 2.5",
    ],
    [
      { authority: "a\r\nb" },
      '[invalid_argument] authority: expected host or host:port, which requests carry as :authority, got "a\\r\\nb"',
    ],
    [{ maxAttempts: 0 }, "[invalid_argument] maxAttempts: expected 1 to 10, got 0"],
    [
      { idempotentMethods: ["Say"] },
      '[invalid_argument] idempotentMethods: expected /package.Service/Method in visible ASCII, got "Say"',
    ],
    [{ transport: "http3" as "own" }, '[invalid_argument] transport: expected one of node:http2, own, got "http3"'],
    [{ authority: "" }, "[invalid_argument] authority: expected host or host:port"],
    [{ authority: "user@host" }, "[invalid_argument] authority: expected host or host:port"],
    [{ tls: { serverName: "a b" } }, "[invalid_argument] tls.serverName: expected host or host:port"],
  ])("%j", (options, message) => {
    expect(() => resolveChannelOptions(options)).toThrow(message);
  });

  test("text from an untyped caller", () => {
    const options = { maxWaitingCalls: "10" } as unknown as ChannelOptions;
    expect(() => resolveChannelOptions(options)).toThrow('maxWaitingCalls: expected 0 to 1000000, got "10"');
    const text = { idempotentMethods: "/a.B/C", pushbackBeforeHandler: 1 } as unknown as ChannelOptions;
    expect(() => resolveChannelOptions(text)).toThrow('idempotentMethods: expected a list of paths, got "/a.B/C"');
    const flag = { ...text, idempotentMethods: [] };
    expect(() => resolveChannelOptions(flag)).toThrow("pushbackBeforeHandler: expected true or false, got 1");
    const more = { tls: "yes", zone: 7 } as unknown as ChannelOptions;
    expect(() => resolveChannelOptions(more)).toThrow('tls: expected true, false or options of TLS, got "yes"');
    expect(() => resolveChannelOptions({ ...more, tls: true })).toThrow("zone: expected text, got 7");
  });
});
