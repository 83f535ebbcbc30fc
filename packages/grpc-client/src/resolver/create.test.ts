import { FakeClock } from "@agent-team/foundation/fake-clock";
import { describe, expect, test } from "vitest";
import { RESOLVER_DEFAULTS } from "../../test/support/defaults.ts";
import { RecordingListener } from "../../test/support/recording-listener.ts";
import type { TierConfig } from "../target.ts";
import { ManualResolver } from "../testing/manual-resolver.ts";
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
    const resolver = new LoadedResolver("dns", new FakeClock(), () => Promise.reject(new Error("no such file")));
    resolver.start(listener);
    expect((await listener.nextError()).message).toBe(
      "[unavailable] the resolver dns could not be loaded: no such file",
    );
    resolver.close();
  });

  test("is loaded again when an answer is asked for a second later, and not before", async () => {
    const clock = new FakeClock();
    const listener = new RecordingListener();
    let attempts = 0;
    const resolver = new LoadedResolver("dns", clock, async () => {
      attempts += 1;
      if (attempts === 1) throw new Error("too many open files");
      return new ManualResolver([{ host: "10.0.0.1", port: 1 }]);
    });
    resolver.start(listener);
    await listener.nextError();
    clock.advance(999);
    resolver.refresh("nothing-ready");
    expect(attempts).toBe(1);
    clock.advance(1);
    resolver.refresh("nothing-ready");
    resolver.refresh("nothing-ready");

    expect(await listener.nextKeys()).toEqual(["10.0.0.1:1"]);
    expect(attempts).toBe(2);
    resolver.close();
  });

  test("one that throws when it starts reports that", async () => {
    const listener = new RecordingListener();
    const inner = new ManualResolver();
    inner.start = () => {
      throw new Error("no name server");
    };
    const resolver = new LoadedResolver("dns", new FakeClock(), async () => inner);
    resolver.start(listener);
    expect((await listener.nextError()).message).toBe(
      "[unavailable] the resolver dns could not be started: no name server",
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
    const [used, closed] = [0, 1].map(() => new LoadedResolver("dns", new FakeClock(), () => promise)) as [
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
