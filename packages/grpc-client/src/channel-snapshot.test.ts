import { expect, test } from "vitest";
import { type ChannelSnapshot, type EndpointSnapshot, explain, type TierState } from "./channel-snapshot.ts";

const endpoint = (address: string, rest: Partial<EndpointSnapshot> = {}): EndpointSnapshot => ({
  address,
  name: undefined,
  zone: undefined,
  connectivity: "transient-failure",
  ineligible: undefined,
  isReserve: false,
  connections: 1,
  inFlight: 0,
  lastError: undefined,
  ...rest,
});

const tier = (name: string, endpoints: readonly EndpointSnapshot[], lastError?: string): TierState => ({
  name,
  active: true,
  standby: false,
  endpoints,
  ageMs: 0,
  lastError,
});

const snapshot = (...tiers: TierState[]): ChannelSnapshot => ({
  target: "workflow-agent",
  tiers,
  waitingCalls: 0,
  retryBudget: 10,
});

test("the explanation counts the endpoints by state and ends with the last error", () => {
  const dns = tier("dns", [
    endpoint("10.0.10.7:50051", { lastError: "connect ECONNREFUSED 10.0.10.7:50051" }),
    endpoint("10.0.10.8:50051", { connectivity: "connecting" }),
    endpoint("10.0.10.9:50051", { connectivity: "connecting" }),
  ]);
  expect(explain(snapshot(dns))).toBe(
    "no ready endpoint for workflow-agent (3 known: 1 transient-failure, 2 connecting; last error connect ECONNREFUSED 10.0.10.7:50051)",
  );
});

test("when endpoints are ready, calls wait for room", () => {
  const env = tier("env", [endpoint("10.0.10.7:50051", { connectivity: "ready" }), endpoint("10.0.10.8:50051")]);
  expect(explain(snapshot(env))).toBe(
    "no endpoint with room for another stream for workflow-agent (2 known: 1 ready, 1 transient-failure)",
  );
});

test("a ready endpoint that health excludes is counted with the reason, and calls wait for an eligible one", () => {
  const ejected = endpoint("10.0.10.7:50051", { connectivity: "ready", ineligible: "ejected" });
  const failed = endpoint("10.0.10.8:50051");
  expect(explain(snapshot(tier("env", [ejected, failed])))).toBe(
    "no eligible endpoint for workflow-agent (2 known: 1 ready but ejected, 1 transient-failure)",
  );
});

test("an endpoint in two tiers is counted once", () => {
  const both = endpoint("10.0.10.7:50051");
  expect(explain(snapshot(tier("env", [both]), tier("dns", [both])))).toContain("(1 known: 1 transient-failure)");
});

test("a tier that could not resolve has the reason", () => {
  expect(explain(snapshot(tier("dns", [], "NXDOMAIN workflow-agent.local")))).toBe(
    "no ready endpoint for workflow-agent (none known; dns: NXDOMAIN workflow-agent.local)",
  );
});

test("a tier that waits for its first answer says so, unless it is in standby", () => {
  const pending = { ...tier("dns", []), ageMs: undefined };
  expect(explain(snapshot(pending))).toBe("no ready endpoint for workflow-agent (none known; dns: no answer yet)");
  expect(explain(snapshot({ ...pending, standby: true }))).toBe("no ready endpoint for workflow-agent (none known)");
});

test("before any tier is known, the code is loaded or cannot be", () => {
  expect(explain(snapshot())).toBe("no ready endpoint for workflow-agent (the client is still loading its code)");
  expect(explain({ ...snapshot(), transportError: "out of file descriptors" })).toBe(
    "no ready endpoint for workflow-agent (out of file descriptors)",
  );
});
