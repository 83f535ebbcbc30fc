import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, expect, test } from "vitest";
import { attemptAt, OUTCOME } from "../../test/support/loads.ts";
import { type EndpointLoad, EndpointLoads } from "../endpoint-load.ts";
import { type ChannelEvent, ChannelEvents } from "../events.ts";
import { FleetLatency } from "../fleet-latency.ts";
import { resolveCircuitBreaker } from "../health-options.ts";
import type { OutcomeKind } from "../outcome.ts";
import { CircuitBreakers } from "./circuit-breaker.ts";

let clock: FakeClock;
let load: EndpointLoad;
let breakers: CircuitBreakers;
let emitted: ChannelEvent[];

beforeEach(() => {
  clock = new FakeClock();
  emitted = [];
  const events = new ChannelEvents();
  events.on((event) => emitted.push(event));
  const options = resolveCircuitBreaker(true);
  if (options === undefined) throw new Error("the breaker is off");
  breakers = new CircuitBreakers({ clock, random: () => 1 - Number.EPSILON, events, options });
  load = new EndpointLoads({
    latency: new FleetLatency(),
    clock,
    learners: [breakers.createLearner],
    onEligibility: () => {},
  }).of("a:1");
});

function end(kind: OutcomeKind, times = 1): void {
  for (let i = 0; i < times; i++) {
    const attempt = attemptAt(clock.now() - 1);
    load.didStart(attempt);
    load.didEnd(attempt, { ...OUTCOME, kind, ttfbMs: undefined });
  }
}

function probe(kind: OutcomeKind): void {
  expect(load.probe).toBe("any");
  load.takeProbe();
  expect(load.probe, "one probe at a time").toBe("none");
  end(kind);
}

test("5.2: five failures in a row open it, and a success between them does not", () => {
  end("failure", 4);
  end("success");
  end("failure", 4);
  end("ignorable");
  expect(load.isEligible).toBe(true);
  end("failure");
  expect(load.exclusion).toBe("breaker-open");
  expect(emitted).toEqual([{ type: "breaker-opened", endpoint: "a:1", forMs: 5_000 }]);
});

test("5.2: half of at least 20 calls in 10 s open it", () => {
  for (let i = 0; i < 9; i++) {
    end("failure");
    end("success");
  }
  end("failure");
  expect(load.isEligible).toBe(true); // 10 of 19
  end("success");
  end("failure");
  expect(load.isEligible).toBe(false);
});

test("5.2: panic does not overrule it", () => {
  end("failure", 5);
  load.setPanic(true);
  expect(load.takesCalls).toBe(false);
});

test("5.2: after its time it is half-open: two successful probes close it", () => {
  end("failure", 5);
  clock.advance(4_999);
  expect(load.probe).toBe("none");
  clock.advance(1);
  probe("success");
  expect(load.isEligible).toBe(false);
  probe("ignorable");
  probe("success");
  expect(load.isEligible).toBe(true);
  expect(emitted.at(-1)).toEqual({ type: "breaker-closed", endpoint: "a:1" });
  end("failure", 4);
  expect(load.isEligible, "the row begins anew").toBe(true);
});

test("5.2: a failed probe opens it for twice the time, up to 60 s", () => {
  end("failure", 5);
  for (const forMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
    expect(emitted.at(-1)).toMatchObject({ type: "breaker-opened", forMs });
    clock.advance(forMs);
    probe("failure");
  }
});

test("outcomes of attempts from before it opened change nothing", () => {
  end("failure", 5);
  end("success", 100);
  end("failure", 100);
  expect(emitted).toHaveLength(1);
});

test("closing cancels its timer", () => {
  end("failure", 5);
  expect(clock.pendingTimers).toBe(1);
  breakers.close();
  expect(clock.pendingTimers).toBe(0);
});
