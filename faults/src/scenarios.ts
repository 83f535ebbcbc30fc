/** All scenarios by name. */

import type { Scenario } from "./scenario.ts";
import { failing } from "./scenarios/failing.ts";
import { failingPair } from "./scenarios/failing-pair.ts";
import { slow } from "./scenarios/slow.ts";

/** In the order in which `all` runs them. */
export const SCENARIOS: readonly Scenario[] = [failing, failingPair, slow];

/** Planned, with what is missing. Refused by name, so that no script mistakes them for a success. */
export const NOT_BUILT: Readonly<Record<string, string>> = Object.fromEntries(
  (
    "stall kill outage tier-failover goaway-storm idle-drop deploy deploy-rude flapping dns-down dns-empty dead-first " +
    "silent-peer all-errors overload scale zone-cost zone-outage trickle malformed metadata clock fd-limit dns-subset " +
    "cert-rotation turns soak"
  )
    .split(" ")
    .map((slug) => [slug, "its scenario is missing"]),
);
