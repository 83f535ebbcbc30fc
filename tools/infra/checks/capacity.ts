/**
 * What the tasks run on. With spot capacity one task of each service runs on demand, so that the service survives when AWS
 * takes spot capacity back; all others are spot. Without, all tasks run on demand.
 */

import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

/** The number of tasks that a provider gets first, and its part of the rest. */
interface Share {
  readonly base: number;
  readonly weight: number;
}

const NO_SHARE: Share = { base: 0, weight: 0 };

/** The states with spot capacity. */
const SPOT: ReadonlySet<string> = new Set(["minimal", "spot"]);

export function* checkCapacity(region: Region): Findings {
  const providers = region
    .resources("aws_ecs_cluster_capacity_providers")
    .flatMap((each) => each.texts("capacity_providers"));
  for (const service of region.resources("aws_ecs_service")) {
    const shares = sharesOf(service);
    const problems = SPOT.has(region.state) ? problemsOfSpot(shares) : problemsOnDemand(shares);
    for (const problem of problems) yield `${service.address} ${problem}`;
    if (service.text("launch_type") !== "")
      yield `${service.address} has launch_type ${service.text("launch_type")}, which rules its strategy out`;
    for (const name of shares.keys()) {
      if (!providers.includes(name)) yield `${service.address} uses ${name}, which its cluster was not given`;
    }
  }
}

function* problemsOfSpot(shares: ReadonlyMap<string, Share>): Findings {
  const [fargate = NO_SHARE, spot = NO_SHARE] = [shares.get("FARGATE"), shares.get("FARGATE_SPOT")];
  if (fargate.base !== 1) yield `keeps ${fargate.base} tasks on demand: expected 1`;
  if (fargate.weight > 0) yield "pays on demand for more than one task: expected weight 0 of FARGATE";
  if (spot.weight === 0) yield "gets no spot capacity: expected a weight of FARGATE_SPOT";
}

function* problemsOnDemand(shares: ReadonlyMap<string, Share>): Findings {
  const [fargate = NO_SHARE, spot = NO_SHARE] = [shares.get("FARGATE"), shares.get("FARGATE_SPOT")];
  if (fargate.weight === 0) yield "is not run by Fargate on demand";
  if (spot.base + spot.weight > 0) yield "uses spot capacity, which AWS may take back: expected none";
}

function sharesOf(service: Instance): ReadonlyMap<string, Share> {
  const strategy = service.blocks("capacity_provider_strategy");
  return new Map(
    strategy.map((each) => [
      each.text("capacity_provider"),
      { base: Number(each.text("base")), weight: Number(each.text("weight")) },
    ]),
  );
}
