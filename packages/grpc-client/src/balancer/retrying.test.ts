import { seededRandom } from "@agent-team/foundation/random";
import { expect, test } from "vitest";
import { candidate, SAY } from "../../test/support/loads.ts";
import type { EndpointKey } from "../endpoint.ts";
import type { Picker } from "../picker.ts";
import type { Candidate } from "./candidate.ts";
import { withRetryRules } from "./retrying.ts";
import { ScanPicker } from "./scan.ts";

function pickerOf(candidates: readonly Candidate[]): Picker {
  const random = seededRandom(1);
  return withRetryRules(candidates, (some) => new ScanPicker(some, random));
}

/** The hosts of twenty picks, each once. */
function hostsOf(picker: Picker, attempts: number, tried: readonly EndpointKey[] = []): string[] {
  const picks = Array.from({ length: 20 }, () => picker.pick({ method: SAY, attempts, tried }));
  return [
    ...new Set(picks.map((pick) => (pick.kind === "complete" ? pick.subchannel.endpoint.host : pick.kind))),
  ].sort();
}

/** An endpoint that only panic admits. */
function ejected(host: string): Candidate {
  const each = candidate({ host });
  each.load.exclude("ejected");
  each.load.setPanic(true);
  return each;
}

test("where all endpoints are eligible and in one zone, the picker is the one that was made", () => {
  const made = new ScanPicker([], seededRandom(1));
  const candidates = [candidate({ host: "a", zone: "1" }), candidate({ host: "b", zone: "1" })];
  expect(withRetryRules(candidates, () => made)).toBe(made);
});

test("in panic a first attempt goes to every endpoint, and a retry to the eligible ones only", () => {
  const picker = pickerOf([candidate({ host: "well" }), ejected("sick")]);
  expect(hostsOf(picker, 0)).toEqual(["sick", "well"]);
  expect(hostsOf(picker, 1, ["sick:1"])).toEqual(["well"]);
  expect(hostsOf(picker, 1, ["well:1"])).toEqual(["well"]);
});

test("in panic without an eligible endpoint a retry is dropped, and an attempt that was not sent goes on", () => {
  const picker = pickerOf([ejected("a"), ejected("b")]);
  expect(hostsOf(picker, 1, ["a:1"])).toEqual(["drop"]);
  expect(hostsOf(picker, 0, ["a:1"])).toEqual(["a", "b"]);
});

test("the second retry goes to a zone that the call has not met, however busy its endpoints are", () => {
  const zones = ["1", "1", "1", "2"];
  const candidates = zones.map((zone, i) => candidate({ host: `h${i}`, zone }, { inFlight: zone === "2" ? 100 : 0 }));
  const picker = pickerOf(candidates);
  expect(hostsOf(picker, 1, ["h0:1"])).toEqual(["h1", "h2"]);
  expect(hostsOf(picker, 2, ["h0:1", "h1:1"])).toEqual(["h3"]);
});

test("the second retry stays in its zone when the others have no room or have been met, too", () => {
  const full = candidate({ host: "far", zone: "2" }, { hasRoom: false });
  const near = ["a", "b", "c"].map((host) => candidate({ host, zone: "1" }));
  expect(hostsOf(pickerOf([...near, full]), 2, ["a:1", "b:1"])).toEqual(["c"]);
  const open = candidate({ host: "far", zone: "2" });
  expect(hostsOf(pickerOf([...near, open]), 2, ["a:1", "far:1"])).toEqual(["b", "c"]);
});
