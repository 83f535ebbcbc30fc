import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { endpoints, TiersBench } from "../../test/support/tiers-bench.ts";
import type { ManualResolver } from "../testing/manual-resolver.ts";

let bench: TiersBench;

beforeEach(() => {
  bench = new TiersBench(2);
});

afterEach(() => {
  bench.tiers.close();
  expect(bench.clock.pendingTimers).toBe(0);
  expect(bench.resolvers.every((resolver) => resolver.isClosed)).toBe(true);
});

test("all tiers resolve, and only the first one connects", () => {
  bench.find(0, "ready");
  bench.find(1, "connecting");
  expect(bench.plan).toBe("0 0");
  expect(bench.plans.at(-1)?.sets.map(({ size }) => size)).toEqual([1, 1]);
  expect(bench.resolvers.map(({ isStandby }) => isStandby)).toEqual([false, true]);
  expect(bench.moves).toEqual([]);
});

describe("the next tier is opened", () => {
  test("at once when every endpoint has failed", () => {
    bench.find(0, "failed", "connecting");
    expect(bench.plan).toBe("0 0");
    bench.does(0, "failed", "failed");
    expect(bench.plan).toBe("0 1");
    expect(bench.resolvers[1]?.isStandby).toBe(false);
  });

  test("at once when the resolver fails without a known endpoint, and when its set is empty", () => {
    bench.resolvers[0]?.fail();
    expect(bench.plan).toBe("0 1");
    const other = new TiersBench(2);
    other.resolvers[0]?.update([]);
    expect(other.plan).toBe("0 1");
    other.tiers.close();
  });

  test("when the first one has been connecting for failoverMs", () => {
    bench.find(0, "connecting");
    bench.clock.advance(999);
    expect(bench.plan).toBe("0 0");
    bench.clock.advance(1);
    expect(bench.plan).toBe("0 1");
  });

  test("when the resolver of the first one does not answer for failoverMs", () => {
    bench.clock.advance(1_000);
    expect(bench.plan).toBe("0 1");
  });

  test("at once when the last ready endpoint is lost", () => {
    bench.find(0, "ready", "ready");
    bench.does(0, "ready", "connecting");
    expect(bench.plan).toBe("0 0");
    bench.does(0, "connecting", "connecting");
    expect(bench.plan).toBe("0 1");
  });

  test("not because of a failed answer as long as an endpoint is ready", () => {
    bench.find(0, "ready");
    bench.resolvers[0]?.fail();
    bench.clock.advance(60_000);
    expect(bench.plan).toBe("0 0");
  });

  test("not because of counts that belong to an older set", () => {
    bench.find(0, "failed", "failed", "connecting");
    bench.resolvers[0]?.update(endpoints(0, 2));
    expect(bench.plan).toBe("0 0");
    bench.does(0, "failed", "failed");
    expect(bench.plan).toBe("0 1");
  });
});

test("calls leave a tier without an eligible endpoint at once, and return when it has one", () => {
  bench.find(0, "ready", "ready");
  bench.find(1, "connecting");
  bench.does(0, "ejected", "ejected");
  expect(bench.plan).toBe("0 1");
  bench.does(1, "ready");
  expect(bench.plan).toBe("1 1");
  bench.does(0, "ready", "ejected");
  bench.clock.advance(5_000);
  expect(bench.plan).toBe("0 0");
});

test("the first ready tier gets the calls, and worse tiers are closed", () => {
  bench.find(0, "connecting");
  bench.find(1, "connecting");
  bench.clock.advance(1_000);
  bench.does(0, "ready");
  expect(bench.plan).toBe("0 0");
  expect(bench.resolvers[1]?.isStandby).toBe(true);
  expect(bench.moves).toEqual([]);
});

test("the calls of a tier that fails go to the next one, and the failed tier keeps connecting", () => {
  bench.find(0, "ready");
  bench.find(1, "connecting");
  bench.does(0, "failed");
  bench.does(1, "ready");
  expect(bench.plan).toBe("1 1");
  expect(bench.moves).toEqual(["env failover lb"]);
  expect(bench.resolvers[0]?.isStandby).toBe(false);
});

test("the tiers are opened in turn, and all stay open when all have failed", () => {
  bench.tiers.close();
  bench = new TiersBench(3);
  bench.find(0, "failed");
  bench.find(1, "failed");
  bench.find(2, "failed");
  expect(bench.plan).toBe("0 2");
  expect(bench.clock.pendingTimers).toBe(0);
  bench.does(1, "ready");
  expect(bench.plan).toBe("1 1");
});

describe("calls return to a better tier", () => {
  beforeEach(() => {
    bench.find(0, "failed", "failed", "failed");
    bench.find(1, "ready");
    expect(bench.plan).toBe("1 1");
  });

  test("when half of its endpoints have been ready for failbackMs", () => {
    bench.does(0, "ready", "failed", "failed");
    bench.clock.advance(60_000);
    expect(bench.plan).toBe("1 1");
    bench.does(0, "ready", "ready", "failed");
    bench.clock.advance(4_999);
    expect(bench.plan).toBe("1 1");
    bench.clock.advance(1);
    expect(bench.plan).toBe("0 0");
    expect(bench.moves).toEqual(["env failover lb", "lb failback env"]);
  });

  test("after failbackMs anew when it was not ready in between", () => {
    bench.does(0, "ready", "ready", "ready");
    bench.clock.advance(4_000);
    bench.does(0, "ready", "failed", "failed");
    bench.does(0, "ready", "ready", "ready");
    bench.clock.advance(4_000);
    expect(bench.plan).toBe("1 1");
    bench.clock.advance(1_000);
    expect(bench.plan).toBe("0 0");
  });

  test("at once when no other tier works", () => {
    bench.does(0, "ready", "failed", "failed");
    bench.does(1, "failed");
    expect(bench.plan).toBe("0 0");
  });

  test("later each time the last return was too early", () => {
    bench.does(0, "ready", "ready", "ready");
    bench.clock.advance(5_000);
    bench.does(0, "failed", "failed", "failed");
    bench.does(1, "ready");
    expect(bench.plan).toBe("1 1");
    bench.does(0, "ready", "ready", "ready");
    bench.clock.advance(9_999);
    expect(bench.plan).toBe("1 1");
    bench.clock.advance(1);
    expect(bench.plan).toBe("0 0");
  });
});

describe("resolvers receive", () => {
  test("a refresh if their tier is opened", () => {
    bench.find(0, "ready");
    bench.tiers.refresh("goaway");
    expect(bench.resolvers.map(({ refreshes }) => refreshes)).toEqual([["goaway"], []]);
    bench.does(0, "failed");
    bench.tiers.refresh("nothing-ready");
    expect(bench.resolvers.map(({ refreshes }) => refreshes.at(-1))).toEqual(["nothing-ready", "nothing-ready"]);
  });

  test("a failed connect if they listed the endpoint", () => {
    bench.find(0, "failed");
    bench.find(1, "connecting");
    bench.tiers.didFailToConnect("10.0.0.0:1");
    expect(bench.resolvers.map(({ connectFailures }) => connectFailures)).toEqual([["10.0.0.0:1"], []]);
  });

  test("a lost connection if they listed the endpoint", () => {
    bench.find(0, "failed");
    bench.find(1, "connecting");
    bench.tiers.didDisconnect("10.0.1.0:1");
    expect(bench.resolvers.map(({ disconnects }) => disconnects)).toEqual([[], ["10.0.1.0:1"]]);
  });
});

test("a set that a resolver has emptied opens the next tier, with the reason in the snapshot", () => {
  bench.find(0, "connecting");
  bench.resolvers[0]?.empty();
  expect(bench.plan).toBe("0 1");
  expect(bench.tiers.snapshot()[0]).toMatchObject({
    endpoints: [],
    lastError: "the test's resolver lists no endpoints",
  });
  expect(bench.emitted.map(({ type }) => type)).toEqual([
    "endpoints-changed",
    "endpoints-changed",
    "resolution-failed",
  ]);
});

describe("events", () => {
  test("report added and removed endpoints, and only these", () => {
    bench.find(0, "ready", "ready");
    bench.find(0, "ready", "ready");
    bench.find(0, "ready");
    expect(bench.emitted).toEqual([
      { type: "endpoints-changed", tier: "env", added: ["10.0.0.0:1", "10.0.0.1:1"], removed: [], size: 2 },
      { type: "endpoints-changed", tier: "env", added: [], removed: ["10.0.0.1:1"], size: 1 },
    ]);
  });

  test("report once that resolution failed, and once that it recovered", () => {
    bench.find(0, "ready");
    bench.resolvers[0]?.fail();
    bench.resolvers[0]?.fail();
    bench.find(0, "ready");
    bench.find(0, "ready");
    expect(bench.emitted.map(({ type }) => type)).toEqual([
      "endpoints-changed",
      "resolution-failed",
      "resolution-recovered",
    ]);
  });
});

test("the snapshot has the endpoints, their age and the last error of each tier", () => {
  bench.find(0, "ready");
  bench.clock.advance(3_000);
  bench.resolvers[1]?.fail();
  expect(bench.tiers.snapshot()).toEqual([
    { name: "env", active: true, standby: false, endpoints: ["10.0.0.0:1"], ageMs: 3_000, lastError: undefined },
    {
      name: "lb",
      active: false,
      standby: true,
      endpoints: [],
      ageMs: undefined,
      lastError: "the test's resolver has no answer",
    },
  ]);
});

test("isPending is true until the resolver of every opened tier has answered", () => {
  expect(bench.tiers.isPending).toBe(true);
  bench.resolvers[0]?.fail();
  expect(bench.tiers.isPending).toBe(true);
  bench.resolvers[1]?.fail();
  expect(bench.tiers.isPending).toBe(false);
});

test("after close no plan is published", () => {
  bench.find(0, "connecting");
  const { length } = bench.plans;
  bench.tiers.close();
  bench.tiers.close();
  bench.clock.advance(60_000);
  bench.does(0, "ready");
  expect(bench.plans).toHaveLength(length);
});

test("a resolver whose methods throw is reported once, and calls keep its endpoints and the other tiers", () => {
  bench.find(0, "ready");
  bench.find(1, "connecting");
  const [first] = bench.resolvers as [ManualResolver];
  const close = first.close.bind(first);
  const methods = ["refresh", "setStandby", "didFailToConnect", "didDisconnect"] as const;
  const asked: string[] = [];
  for (const method of methods)
    first[method] = () => {
      asked.push(method);
      throw new Error("a fault of mine");
    };
  first.close = () => {
    close();
    throw new Error("a fault of mine");
  };

  bench.tiers.refresh("nothing-ready");
  const key = "10.0.0.0:1";
  bench.tiers.didFailToConnect(key);
  bench.tiers.didDisconnect(key);
  bench.does(0, "failed");
  bench.does(1, "ready");
  expect(new Set(asked)).toEqual(new Set(methods));
  expect([bench.plan, bench.moves]).toEqual(["1 1", ["env failover lb"]]);
  bench.tiers.close();
  expect(bench.resolvers.map(({ isClosed }) => isClosed)).toEqual([true, true]);
  const failures = bench.emitted.filter(({ type }) => type === "resolution-failed");
  expect(failures).toMatchObject([
    { tier: "env", error: { message: "[unavailable] the resolver env threw in refresh: a fault of mine" } },
  ]);
});
