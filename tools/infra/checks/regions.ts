/**
 * A region refers to nothing in another region: its provider is its own, and no argument names another region. Two regions
 * share no global name, and no address, so that their VPCs can be peered.
 */

import { textsIn } from "../state/json.ts";
import { type Region, regionsOf } from "../state/region.ts";
import type { State } from "../state/state.ts";
import type { Findings } from "./findings.ts";

/** The name of an AWS region, in a text or before the letter of a zone. */
const REGION =
  /\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d(?!\d)/g;

/** Names that are unique in the whole account. */
const GLOBAL: Readonly<Record<string, string>> = { aws_iam_role: "name", aws_cloudwatch_dashboard: "dashboard_name" };

export function* checkRegions(name: string, state: State): Findings {
  const regions = regionsOf(name, state);
  const places = regions.map(({ awsRegion }) => awsRegion);
  if (new Set(places).size < places.length) yield `two regions are made by one provider, in ${places.join(" and ")}`;
  for (const region of regions) yield* otherRegionsIn(region);
  for (const [type, argument] of Object.entries(GLOBAL)) {
    for (const each of pairsWith(Object.is, namesIn(regions, type, argument)))
      yield `two regions have an ${type} called ${each[0]}, and that name is global`;
  }
  for (const [other, cidr] of pairsWith(overlap, namesIn(regions, "aws_vpc", "cidr_block")))
    yield `two regions share addresses, ${other} and ${cidr}: their VPCs could never be peered`;
}

function* otherRegionsIn({ name, awsRegion, instances }: Region): Findings {
  for (const { address, values } of instances) {
    for (const { path, text } of textsIn(values)) {
      for (const [other] of text.matchAll(REGION)) {
        if (other !== awsRegion)
          yield `${name} is made in ${awsRegion}, and ${address.replace(/\[.*$/, "")}${path} names ${other}`;
      }
    }
  }
}

function namesIn(regions: readonly Region[], type: string, argument: string): readonly string[] {
  return regions.flatMap((region) => region.resources(type).map((each) => each.text(argument)));
}

/** Each two of a list that are related. */
function pairsWith(
  isRelated: (one: string, other: string) => boolean,
  list: readonly string[],
): readonly (readonly [string, string])[] {
  return list.flatMap((one, index) =>
    list
      .slice(0, index)
      .filter((other) => isRelated(other, one))
      .map((other) => [other, one] as const),
  );
}

/** Whether two CIDR blocks have an address in common. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

function rangeOf(cidr: string): { readonly first: number; readonly last: number } {
  const [address = "", bits = "0"] = cidr.split("/");
  const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, last: first + 2 ** (32 - Number(bits)) - 1 };
}
