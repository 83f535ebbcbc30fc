/** What tests of pickers and calls need of an endpoint's load: the real thing, on a clock of theirs. */

import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { Candidate } from "../../src/balancer/candidate.ts";
import { Costs } from "../../src/balancer/costs.ts";
import type { Method } from "../../src/client-call.ts";
import { type Endpoint, type EndpointKey, endpointKey } from "../../src/endpoint.ts";
import { type EndpointLoad, EndpointLoads, type LoadAttempt } from "../../src/endpoint-load.ts";
import { FleetLatency } from "../../src/fleet-latency.ts";
import type { Outcome } from "../../src/outcome.ts";
import type { PickInfo } from "../../src/picker.ts";
import { Status } from "../../src/status.ts";

export const SAY: Method = { path: "/test.Echo/Say", unaryRequest: true, unaryResponse: true, idempotent: true };

export const OUTCOME: Outcome = {
  kind: "success",
  class: "completed",
  code: Status.ok,
  origin: "server",
  httpStatus: undefined,
  endpoint: undefined,
  ttfbMs: 1,
  durationMs: 1,
  sentBytes: 0,
  receivedBytes: 0,
  pushback: false,
  timerLateMs: 0,
};

/** Loads whose factors nothing but the test renews. */
export function testLoads(): EndpointLoads {
  return new EndpointLoads({
    latency: new FleetLatency(),
    clock: new FakeClock(),
    learners: [],
    onEligibility: () => {},
  });
}

export function testLoad(key: EndpointKey): EndpointLoad {
  return testLoads().of(key);
}

/** Loads whose costs are learned, as in a channel. */
export function learningLoads(clock: Clock, slowStartMs = 30_000): { loads: EndpointLoads; costs: Costs } {
  const costs = new Costs({ clock, slowStartMs });
  return {
    costs,
    loads: new EndpointLoads({
      latency: new FleetLatency(),
      clock,
      learners: [costs.createLearner],
      onEligibility: () => {},
    }),
  };
}

/** An attempt on an endpoint that began at an instant. */
export function attemptAt(startedMs: number, isStream = false): LoadAttempt {
  return { startedMs, isStream, censoredMs: 0, before: undefined, after: undefined };
}

/** Reports the end of an attempt, and before it the response that the outcome speaks of. */
export function endAttempt(load: EndpointLoad, attempt: LoadAttempt, outcome: Outcome): void {
  if (outcome.ttfbMs !== undefined) load.didRespond(attempt, outcome.ttfbMs);
  load.didEnd(attempt, outcome);
}

/** A candidate as a picker sees it: numbers. Opening streams is the subchannel's, and no pick does it. */
export function candidate(
  rest: Partial<Endpoint> & Pick<Endpoint, "host">,
  {
    inFlight = 0,
    hasRoom = true,
    loads = testLoads(),
  }: { inFlight?: number; hasRoom?: boolean; loads?: EndpointLoads } = {},
): Candidate & { hasRoom: boolean } {
  const endpoint: Endpoint = { port: 1, kind: "task", lane: 0, ...rest };
  const load = loads.of(endpointKey(endpoint));
  load.inFlight = inFlight;
  return { key: load.key, endpoint, load, hasRoom, open: () => undefined };
}

/** A call that has been on the endpoints `tried`. */
export function callThatTried(...tried: EndpointKey[]): PickInfo {
  return { method: SAY, tried };
}

export function methodAt(path: string): Method {
  return { ...SAY, path };
}
