/**
 * A region is made of its own: by the provider that its module was handed, with no other region's name in any argument.
 * What spans regions does not collide: names that are global, and addresses, which two VPCs must not share if they are ever
 * to be joined.
 */

import { overlap } from "../hcl/cidr.ts";
import { isObject, JsonText, toText, type Value, type ValueObject } from "../hcl/value.ts";
import type { Plan } from "../plan/plan.ts";
import { ACCOUNT, regionsOf, type Subject } from "./subject.ts";

/** Neither is the default, so that a default that is written somewhere else shows. */
const [FIRST, SECOND] = ["eu-west-1", "ap-southeast-2"];

const TWO_REGIONS: ValueObject = {
  alarm_topic_arns: [FIRST, SECOND].map((region) => `arn:aws:sns:${region}:${ACCOUNT}:alarms`),
  aws_region: FIRST,
  domain_name: "api.example.com",
  hosted_zone_id: "Z0123456789ABCDEFGHIJ",
  kms_key_arn: `arn:aws:kms:${FIRST}:${ACCOUNT}:key/mrk-one`,
  secondary_region: SECOND,
  vpc_endpoints: true,
};

/** AWS names its regions by a part of the world, a side of it and a number; zones have a letter behind it. */
const REGION =
  /\b(?:af|ap|ca|cn|eu|il|me|mx|sa|us)(?:-gov)?-(?:north|south|east|west|central|northeast|northwest|southeast|southwest)-\d(?!\d)/g;

/** Their names are known to the whole account, wherever they are. */
const GLOBAL: Readonly<Record<string, string>> = { aws_iam_role: "name", aws_cloudwatch_dashboard: "dashboard_name" };

export function checkRegions(subject: Subject): readonly string[] {
  const regions = regionsOf(subject.plan(TWO_REGIONS));
  const places = [...regions.values()].map((region) => toText(region.region()));
  return [
    ...[FIRST, SECOND]
      .filter((name) => !places.includes(name))
      .map((name) => `no module is handed a provider of ${name}: they are made in ${places.join(" and ")}`),
    ...[...regions].flatMap(([name, region]) => strangersIn(name, region)),
    ...Object.entries(GLOBAL).flatMap(([type, argument]) => collisions(type, argument, [...regions.values()])),
    ...sharedAddresses([...regions.values()]),
  ];
}

/** Arguments that name another region than the one that they are made in. */
function strangersIn(module: string, region: Plan): readonly string[] {
  const own = toText(region.region());
  const findings = region
    .resources()
    .flatMap(({ type, name, values }) =>
      textsIn(values).flatMap(({ path, text }) =>
        [...text.matchAll(REGION)]
          .filter(([other]) => other !== own)
          .map(([other]) => `${module} is made in ${own}, and ${type}.${name}${path} names ${other}`),
      ),
    );
  return [...new Set(findings)];
}

interface Text {
  /** `.container_definitions.environment.value`: without indexes, which make ten findings of one mistake. */
  readonly path: string;
  readonly text: string;
}

function textsIn(value: Value, path = ""): readonly Text[] {
  if (value instanceof JsonText) return textsIn(value.value, path);
  if (Array.isArray(value)) return value.flatMap((each: Value) => textsIn(each, path));
  if (isObject(value)) return Object.entries(value).flatMap(([name, each]) => textsIn(each, `${path}.${name}`));
  return [{ path, text: toText(value) }];
}

function collisions(type: string, argument: string, regions: readonly Plan[]): readonly string[] {
  const names = regions.flatMap((region) => region.resources(type).map(({ values }) => toText(values[argument] ?? "")));
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return twice.map((name) => `two regions have an ${type} called ${name}, and that name is global`);
}

function sharedAddresses(regions: readonly Plan[]): readonly string[] {
  const blocks = regions.flatMap((region) =>
    region.resources("aws_vpc").map(({ values }) => toText(values["cidr_block"] ?? "")),
  );
  return blocks.flatMap((block, index) =>
    blocks
      .slice(0, index)
      .filter((other) => overlap(block, other))
      .map((other) => `by default two regions share addresses, ${other} and ${block}: they could never be joined`),
  );
}
