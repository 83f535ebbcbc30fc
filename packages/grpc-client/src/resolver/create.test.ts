import { FakeClock } from "@agent-team/foundation/fake-clock";
import { describe, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import type { TierConfig } from "../target.ts";
import { createResolver } from "./create.ts";
import { LoadedResolver } from "./loaded-resolver.ts";

const deps = { ...RESOLVER_DEFAULTS, clock: new FakeClock(), random: () => 0.5 };
const dns = (name: string): TierConfig => ({ strategy: "dns", name, port: undefined, defaultPort: 50_051 });
const lb = (host: string): TierConfig => ({ strategy: "lb", host, port: 50_051 });

test.each<[TierConfig, readonly string[]]>([
  [dns("127.0.0.1"), ["127.0.0.1:50051"]],
  [dns("localhost"), ["localhost:50051"]],
  [lb("127.10.0.5"), ["127.10.0.5:50051", "127.10.0.5:50051#1"]],
  [lb("localhost"), ["localhost:50051", "localhost:50051#1"]],
])("%j needs no name server: its endpoints are there at once", async (tier, keys) => {
  const listener = new RecordingListener();
  createResolver(tier, deps).start(listener);
  expect(await listener.nextKeys()).toEqual(keys);
});

describe("a resolver that is loaded", () => {
  test("reports that it cannot be loaded, and why", async () => {
    const listener = new RecordingListener();
    const resolver = new LoadedResolver("dns", () => Promise.reject(new Error("no such file")));
    resolver.start(listener);
    expect((await listener.nextError()).message).toBe(
      "[unavailable] the resolver dns could not be loaded: no such file",
    );
    resolver.close();
  });

  test("begins in the standby that it was given before, and is closed when it arrives too late", async () => {
    const calls: string[] = [];
    const inner = {
      start: () => void calls.push("start"),
      refresh: () => {},
      setStandby: (standby: boolean) => void calls.push(`standby ${standby}`),
      didFailToConnect: () => {},
      didDisconnect: () => {},
      close: () => void calls.push("close"),
    };
    const { promise, resolve } = Promise.withResolvers<typeof inner>();
    const [used, closed] = [0, 1].map(() => new LoadedResolver("dns", () => promise)) as [
      LoadedResolver,
      LoadedResolver,
    ];
    used.start(new RecordingListener());
    used.setStandby(true);
    closed.start(new RecordingListener());
    closed.close();
    resolve(inner);
    await promise;
    await Promise.resolve();
    expect(calls).toEqual(["standby true", "start", "close"]);
  });
});
