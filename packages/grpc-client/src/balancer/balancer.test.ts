import { FakeClock } from "@agent-team/foundation/fake-clock";
import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { callThatTried, candidate as candidateOf } from "../../test/support/loads.ts";
import { ChannelEvents } from "../events.ts";
import type { Picker } from "../picker.ts";
import { Balancer, type BalancerState } from "./balancer.ts";
import type { Candidate } from "./candidate.ts";
import { Costs } from "./costs.ts";

function candidate(host: string, zone: string): Candidate {
  return candidateOf({ host, zone });
}

/** The picker that the balancer publishes for a state. */
function pickerFor(state: Partial<BalancerState>, ownZone?: string): Picker {
  let published: Picker | undefined;
  const balancer = new Balancer({
    random: seededRandom(1),
    policy: "default",
    events: new ChannelEvents(),
    costs: new Costs({ clock: new FakeClock(), slowStartMs: 0 }),
    ownZone: () => ownZone,
    publish: (picker) => {
      published = picker;
    },
  });
  balancer.update({
    ready: [],
    known: 0,
    probing: [],
    isLastResort: true,
    pending: false,
    explain: () => "no ready endpoint for x",
    allFailedSinceMs: 7,
    ...state,
  });
  if (published === undefined) throw new Error("nothing was published");
  return published;
}

test("calls go to ready endpoints, and prefer the client's zone", () => {
  const ready = [candidate("far", "b"), candidate("near", "a")];
  expect(pickerFor({ ready, pending: true }, "a").pick(callThatTried())).toMatchObject({ subchannel: ready[1] });
});

test("without a ready endpoint calls wait while one may still come", () => {
  expect(pickerFor({ pending: true }).pick(callThatTried())).toEqual({ kind: "queue", until: "ready" });
});

test("when every endpoint has failed, the pick has the reason and the time", () => {
  const pick = pickerFor({}).pick(callThatTried());
  expect(pick).toMatchObject({ kind: "fail", allFailedSinceMs: 7 });
  expect(pick.kind === "fail" && pick.error.message).toBe("[unavailable] no ready endpoint for x");
});

test("the ready endpoints with the lowest priority number get the calls, whatever their zone and load", () => {
  const [first, second] = [candidate("far", "b"), candidate("near", "a")];
  const ready = [
    { ...second, endpoint: { ...second.endpoint, priority: 20 } },
    { ...first, endpoint: { ...first.endpoint, priority: 10 } },
  ];
  first.load.inFlight = 100;
  expect(pickerFor({ ready }, "a").pick(callThatTried())).toMatchObject({ subchannel: { key: "far:1" } });
  expect(pickerFor({ ready: ready.slice(0, 1) }, "a").pick(callThatTried())).toMatchObject({
    subchannel: { key: "near:1" },
  });
});

test("weights and zones are combined", () => {
  const weighted = (host: string, zone: string, weight: number): Candidate => {
    const { endpoint, ...rest } = candidate(host, zone);
    return { ...rest, endpoint: { ...endpoint, weight } };
  };
  const picker = pickerFor({ ready: [weighted("far", "b", 1), weighted("near", "a", 65_535)] }, "a");
  const picks = Array.from({ length: 100 }, () => picker.pick(callThatTried()));
  expect(picks.filter((pick) => pick.kind === "complete" && pick.subchannel.key === "near:1").length).toBeGreaterThan(
    90,
  );
});

test("a ready endpoint that is not eligible gets no calls", () => {
  const ready = [candidate("a", "a")];
  ready[0]?.load.exclude("ejected");
  expect(pickerFor({ ready, pending: true }).pick(callThatTried())).toEqual({ kind: "queue", until: "ready" });
  expect(pickerFor({ ready }).pick(callThatTried())).toMatchObject({ kind: "fail" });
});

test("a reserve costs ten times as much, so it gets a call when each other endpoint has more than nine in flight", () => {
  const [listed, reserve] = [candidate("listed", "a"), candidate("reserve", "a")];
  const ready = [listed, { ...reserve, endpoint: { ...reserve.endpoint, isReserve: true } }];
  const picker = pickerFor({ ready });
  listed.load.inFlight = 8;
  expect(picker.pick(callThatTried())).toMatchObject({ subchannel: { key: "listed:1" } });
  listed.load.inFlight = 10;
  expect(picker.pick(callThatTried())).toMatchObject({ subchannel: { key: "reserve:1" } });
});

test("a reserve that is listed again costs as much as before", () => {
  const returned = candidate("a", "a");
  pickerFor({ ready: [{ ...returned, endpoint: { ...returned.endpoint, isReserve: true } }] });
  expect(returned.load.costFactor).toBe(10);
  pickerFor({ ready: [returned] });
  expect(returned.load.costFactor).toBe(1);
});
