/**
 * A region is made of its own: by the provider that its module was handed, with no other region's name in any argument.
 * What spans regions does not collide: names that are global, and addresses, which two VPCs must not share if they are ever
 * to be joined.
 */

import { textsIn, toText } from "../state/json.ts";
import { type Region, regionsOf } from "../state/region.ts";
import type { State } from "../state/state.ts";

/** AWS names its regions by a part of the world, a side of it and a number; zones have a letter behind it. */
const REGION =
  /\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d(?!\d)/g;

/** Their names are known to the whole account, wherever they are. */
const GLOBAL: Readonly<Record<string, string>> = { aws_iam_role: "name", aws_cloudwatch_dashboard: "dashboard_name" };

export function checkRegions(state: string, whole: State): readonly string[] {
  const regions = regionsOf(state, whole);
  const places = regions.map(({ place }) => place);
  return [
    ...(new Set(places).size === places.length
      ? []
      : [`two regions are made by one provider, in ${places.join(" and ")}`]),
    ...regions.flatMap(strangersIn),
    ...Object.entries(GLOBAL).flatMap(([type, argument]) => collisions(type, argument, regions)),
    ...sharedAddresses(regions),
  ];
}

/** Arguments that name another region than the one that they are made in. */
function strangersIn(region: Region): readonly string[] {
  const { name: module, place } = region;
  const findings = region.instances.flatMap(({ address, values }) =>
    textsIn(values).flatMap(({ path, text }) =>
      [...text.matchAll(REGION)]
        .filter(([other]) => other !== place)
        .map(([other]) => `${module} is made in ${place}, and ${address.replace(/\[.*$/, "")}${path} names ${other}`),
    ),
  );
  return [...new Set(findings)];
}

function collisions(type: string, argument: string, regions: readonly Region[]): readonly string[] {
  const names = regions.flatMap((region) => region.resources(type).map(({ values }) => toText(values[argument])));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return twice.map((name) => `two regions have an ${type} called ${name}, and that name is global`);
}

function sharedAddresses(regions: readonly Region[]): readonly string[] {
  const blocks = regions.flatMap((region) =>
    region.resources("aws_vpc").map(({ values }) => toText(values["cidr_block"])),
  );
  return blocks.flatMap((block, index) =>
    blocks
      .slice(0, index)
      .filter((other) => overlap(block, other))
      .map((other) => `by default two regions share addresses, ${other} and ${block}: they could never be joined`),
  );
}

/** Whether two blocks have an address in common: then one of them holds the other. */
function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

function rangeOf(block: string): { readonly first: number; readonly last: number } {
  const [address = "", bits = "0"] = block.split("/");
  const first = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, last: first + 2 ** (32 - Number(bits)) - 1 };
}
