/**
 * What the tasks run on. On demand nothing is ever taken away. With spot one task of each service is on demand, so that
 * some of it is left when AWS takes back what it had to spare; all others are spot, or nothing would be saved.
 */

import { blocksIn, type JsonObject, toText } from "../state/json.ts";
import { type Instance, type Region, resourcesIn } from "../state/region.ts";

type Capacity = "on_demand" | "spot";

/** How many tasks a provider gets before others get any, and its part of the rest. */
interface Share {
  readonly base: number;
  readonly weight: number;
}

const NOTHING: Share = { base: 0, weight: 0 };

/** The states whose variables ask for spot. */
const SPOT: ReadonlySet<string> = new Set(["minimal", "spot"]);

export function checkCapacity(region: Region): readonly string[] {
  const capacity: Capacity = SPOT.has(region.state) ? "spot" : "on_demand";
  const services = region.resources("aws_ecs_service");
  return services.flatMap((each) => [...unfit(capacity, each), ...unknown(each, region)]);
}

function unfit(capacity: Capacity, { address, values }: Instance): readonly string[] {
  const shares = sharesOf(values);
  const [fargate = NOTHING, spot = NOTHING] = [shares.get("FARGATE"), shares.get("FARGATE_SPOT")];
  const expected: Readonly<Record<Capacity, readonly (readonly [isGood: boolean, finding: string])[]>> = {
    on_demand: [
      [fargate.weight > 0, "is not run by Fargate on demand"],
      [spot.base + spot.weight === 0, "may be taken away"],
    ],
    spot: [
      [fargate.base === 1, `keeps ${fargate.base} tasks on demand: expected 1`],
      [fargate.weight === 0, "pays on demand for more than one task: expected weight 0 of FARGATE"],
      [spot.weight > 0, "gets no spot capacity: expected a weight of FARGATE_SPOT"],
    ],
  };
  const launchType = toText(values["launch_type"]);
  const other = launchType === "" ? [] : [`${address} has launch_type ${launchType}, which rules its strategy out`];
  return [...other, ...expected[capacity].filter(([isGood]) => !isGood).map(([, finding]) => `${address} ${finding}`)];
}

/** A service can use only the providers that its cluster was given. */
function unknown({ address, values }: Instance, region: Region): readonly string[] {
  const given = region.resources("aws_ecs_cluster_capacity_providers").flatMap((each) => {
    const names = each.values["capacity_providers"];
    return Array.isArray(names) ? names : [];
  });
  return [...sharesOf(values).keys()]
    .filter((name) => !given.includes(name))
    .map((name) => `${address} uses ${name}, which its cluster ${resourcesIn(values["cluster"])[0]} was not given`);
}

function sharesOf(service: JsonObject): ReadonlyMap<string, Share> {
  const strategy = blocksIn(service, "capacity_provider_strategy");
  return new Map(
    strategy.map(({ capacity_provider: name, base, weight }) => [
      toText(name),
      { base: Number(base ?? 0), weight: Number(weight ?? 0) },
    ]),
  );
}
