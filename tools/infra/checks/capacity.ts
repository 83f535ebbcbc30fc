/**
 * What the tasks run on. On demand nothing is ever taken away. With spot one task of each service is on demand, so that
 * some of it is left when AWS takes back what it had to spare; all others are spot, or nothing would be saved.
 */

import { toText, type ValueObject } from "../hcl/value.ts";
import { blocksIn, type Instance, resourcesIn } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { regionOf, type Subject } from "./subject.ts";

type Capacity = "on_demand" | "spot";

/** How many tasks a provider gets before others get any, and its part of the rest. */
interface Share {
  readonly base: number;
  readonly weight: number;
}

const NOTHING: Share = { base: 0, weight: 0 };

export function checkCapacity(subject: Subject): readonly string[] {
  return (["on_demand", "spot"] as const).flatMap((capacity) => {
    const region = regionOf(subject.plan({ capacity }));
    const services = region.resources("aws_ecs_service");
    const findings = services.flatMap((each) => [...unfit(capacity, each), ...unknown(each, region)]);
    return findings.map((finding) => `${capacity}: ${finding}`);
  });
}

function unfit(capacity: Capacity, { address, values }: Instance): readonly string[] {
  const shares = sharesOf(values);
  const [fargate = NOTHING, spot = NOTHING] = [shares.get("FARGATE"), shares.get("FARGATE_SPOT")];
  const expected: Readonly<Record<Capacity, readonly (readonly [isGood: boolean, finding: string])[]>> = {
    on_demand: [
      [values["launch_type"] === "FARGATE" || fargate.weight > 0, "is not run by Fargate on demand"],
      [spot.base + spot.weight === 0, "may be taken away"],
    ],
    spot: [
      [fargate.base === 1, `keeps ${fargate.base} tasks on demand: expected 1`],
      [fargate.weight === 0, "pays on demand for more than one task: expected weight 0 of FARGATE"],
      [spot.weight > 0, "gets no spot capacity: expected a weight of FARGATE_SPOT"],
    ],
  };
  return expected[capacity].filter(([isGood]) => !isGood).map(([, finding]) => `${address} ${finding}`);
}

/** A service can use only the providers that its cluster was given. */
function unknown({ address, values }: Instance, region: Plan): readonly string[] {
  const given = region.resources("aws_ecs_cluster_capacity_providers").flatMap((each) => {
    const names = each.values["capacity_providers"];
    return Array.isArray(names) ? names : [];
  });
  return [...sharesOf(values).keys()]
    .filter((name) => !given.includes(name))
    .map((name) => `${address} uses ${name}, which its cluster ${resourcesIn(values["cluster"])[0]} was not given`);
}

function sharesOf(service: ValueObject): ReadonlyMap<string, Share> {
  const strategy = blocksIn(service, "capacity_provider_strategy");
  return new Map(
    strategy.map(({ capacity_provider: name, base, weight }) => [
      toText(name ?? ""),
      { base: Number(base ?? 0), weight: Number(weight ?? 0) },
    ]),
  );
}
