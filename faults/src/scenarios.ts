/** All scenarios by name. */

import type { Scenario } from "./scenario.ts";
import { allErrors } from "./scenarios/all-errors.ts";
import { clockJump } from "./scenarios/clock.ts";
import { deadFirst } from "./scenarios/dead-first.ts";
import { deploy } from "./scenarios/deploy.ts";
import { deployRude } from "./scenarios/deploy-rude.ts";
import { dnsDown } from "./scenarios/dns-down.ts";
import { dnsEmpty } from "./scenarios/dns-empty.ts";
import { failing } from "./scenarios/failing.ts";
import { failingPair } from "./scenarios/failing-pair.ts";
import { fdLimit } from "./scenarios/fd-limit.ts";
import { flapping } from "./scenarios/flapping.ts";
import { goawayStorm } from "./scenarios/goaway-storm.ts";
import { idleDrop } from "./scenarios/idle-drop.ts";
import { killOne } from "./scenarios/kill.ts";
import { malformed } from "./scenarios/malformed.ts";
import { metadata } from "./scenarios/metadata.ts";
import { outage } from "./scenarios/outage.ts";
import { overload } from "./scenarios/overload.ts";
import { scale } from "./scenarios/scale.ts";
import { silentPeer } from "./scenarios/silent-peer.ts";
import { slow } from "./scenarios/slow.ts";
import { soak } from "./scenarios/soak.ts";
import { stall } from "./scenarios/stall.ts";
import { tierFailover } from "./scenarios/tier-failover.ts";
import { trickle } from "./scenarios/trickle.ts";
import { unhealthy } from "./scenarios/unhealthy.ts";
import { zoneCost } from "./scenarios/zone-cost.ts";
import { zoneOutage } from "./scenarios/zone-outage.ts";
import { runs } from "./services/runs.ts";
import type { ServicesScenario } from "./services/scenario.ts";
import { turns } from "./services/turns.ts";

/** In the order of importance, in which `all` runs them. */
export const SCENARIOS: readonly Scenario[] = [
  failing,
  failingPair,
  unhealthy,
  slow,
  stall,
  killOne,
  outage,
  tierFailover,
  goawayStorm,
  idleDrop,
  deploy,
  deployRude,
  flapping,
  dnsDown,
  dnsEmpty,
  deadFirst,
  silentPeer,
  allErrors,
  overload,
  scale,
  zoneCost,
  zoneOutage,
  trickle,
  malformed,
  metadata,
  clockJump,
  fdLimit,
  soak,
];

/** Of the services themselves, on the local cloud. Not part of `all`, which is about clients of gRPC. */
export const SERVICES_SCENARIOS: readonly ServicesScenario[] = [turns, runs];

/** Planned, with what is missing. Refused by name, so that no script mistakes them for a success. */
export const NOT_BUILT: Readonly<Record<string, string>> = {
  "dns-subset":
    "thirty minutes of a name with eight of fifty records need virtual time: npm run simulate -- dns-subset",
  "cert-rotation": "the hosts here are plaintext: npm test -- e2e/test/tls.test.ts replaces certificates under load",
};
