/** What tests of pickers and calls need of an endpoint's load: the real thing, on a clock of theirs. */

import type { Clock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import type { Candidate } from "../../src/balancer/scan.ts";
import type { Method } from "../../src/client-call.ts";
import { type Endpoint, type EndpointKey, endpointKey } from "../../src/endpoint.ts";
import { type EndpointLoad, EndpointLoads } from "../../src/endpoint-load.ts";
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
  timerLateMs: 0,
};

export function testLoads(clock: Clock = new FakeClock()): EndpointLoads {
  return new EndpointLoads({ clock, learners: [], onEligibility: () => {} });
}

export function testLoad(key: EndpointKey, clock?: Clock): EndpointLoad {
  return testLoads(clock).of(key);
}

/** A candidate as a picker sees it: numbers. Opening streams is the subchannel's, and no pick does it. */
export function candidate(
  rest: Partial<Endpoint> & Pick<Endpoint, "host">,
  { inFlight = 0, hasRoom = true, clock }: { inFlight?: number; hasRoom?: boolean; clock?: Clock } = {},
): Candidate & { hasRoom: boolean } {
  const endpoint: Endpoint = { port: 1, kind: "task", lane: 0, ...rest };
  const load = testLoad(endpointKey(endpoint), clock);
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
