/** What only the text of the HCL shows: provider versions, lifecycle rules, descriptions. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { readStateFiles } from "../state/state.ts";
import { argumentOf, blocksOfKind, textOf } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

const REGION = "modules/region";

/** Lines of `lifecycle` blocks, each with what would happen without it. */
const LIFECYCLES: Readonly<Record<string, readonly [line: RegExp, otherwise: string]>> = {
  "aws_appautoscaling_policy.cpu": [
    /replace_triggered_by = \[aws_ecs_service\.this/,
    "AWS forgets it with the service",
  ],
  "aws_appautoscaling_policy.requests": [/replace_triggered_by = \[aws_ecs_/, "AWS forgets it with the service"],
  "aws_appautoscaling_target.this": [
    /replace_triggered_by = \[aws_ecs_service\.this/,
    "AWS forgets it with the service",
  ],
  "aws_ecs_service.this": [
    /ignore_changes = (?:\[desired_count\]|all)/,
    "each apply would take back what scaling gave",
  ],
  "aws_elasticache_parameter_group.this": [/create_before_destroy = true/, "a cache cannot lose its parameters"],
  "aws_lb_target_group.api": [/create_before_destroy = true/, "a listener cannot lose its target group"],
  "aws_lb_target_group.grpc": [/create_before_destroy = true/, "a listener cannot lose its target group"],
  "aws_service_discovery_service.this": [
    /ignore_changes = \[health_check_custom_config\]/,
    "each plan would replace it",
  ],
  "terraform_data.redis_auth_token": [/ignore_changes = \[input\]/, "each apply would make another password"],
};

export function checkLifecycles({ hcl }: Subject): readonly string[] {
  const blocks = new Map(blocksOfKind(hcl, "resource", REGION).map((block) => [block.name, block.body]));
  return Object.entries(LIFECYCLES)
    .filter(([name, [line]]) => !line.test(blocks.get(name)?.replaceAll(/^\s*#.*$/gm, "") ?? ""))
    .map(([name, [line, otherwise]]) => `${name} has no ${line.source.replaceAll("\\", "")}: ${otherwise}`);
}

/** Each folder requires the version of the provider that made the states, and no other minor version. */
export function checkProvider({ hcl, infra }: Subject): readonly string[] {
  const tested = new Set([...readStateFiles(infra).values()].map(({ provider }) => provider));
  const pins = [...hcl].filter(([file]) => file.endsWith("versions.tf"));
  return pins.flatMap(([file, text]) => {
    const version = /aws = \{[^}]*version *= "([^"]*)"/.exec(text)?.[1] ?? "any version";
    return [...tested]
      .filter((each) => version !== `~> ${each}`)
      .map((each) => `infra/${file} takes ${version} of the AWS provider: expected ~> ${each}, which made the states`);
  });
}

/** Each variable and output has a description, and each variable a type and a use. */
export function checkDescriptions({ hcl }: Subject): readonly string[] {
  return ["", REGION].flatMap((folder) => {
    const variables = blocksOfKind(hcl, "variable", folder);
    const text = [...hcl].filter(([file]) => file.startsWith(folder)).map(([, each]) => each);
    return [
      ...[...variables, ...blocksOfKind(hcl, "output", folder)]
        .filter((block) => (textOf(block, "description") ?? "").trim() === "")
        .map(({ file, name }) => `${file}: ${name} has no description`),
      ...variables
        .filter((block) => argumentOf(block, "type") === undefined)
        .map(({ file, name }) => `${file}: ${name} has no type`),
      ...variables
        .filter(({ name, body }) => !text.some((each) => each.replace(body, "").includes(`var.${name}`)))
        .map(({ file, name }) => `${file}: nothing uses ${name}`),
    ];
  });
}

/** The default order is a contract and prefers the load balancer, so every example sets the order that the guide advises. */
export function checkDiscoveryOrder({ hcl }: Subject): readonly string[] {
  const guide = readFileSync(join(ROOT, "docs", "guides", "choosing-a-path.md"), "utf8");
  const advised = /\*\*set\s+`(\[[^\]]+\])`/.exec(guide)?.[1];
  if (advised === undefined) return ["docs/guides/choosing-a-path.md advises no order: expected **set `[…]`"];
  const files = [...hcl].filter(([file]) => !file.endsWith(".tf"));
  return files
    .map(([file, text]) => ({ file, order: /^discovery_order *= (.*)$/m.exec(text)?.[1] ?? "not set" }))
    .filter(({ order }) => order.replaceAll(" ", "") !== advised.replaceAll(" ", ""))
    .map(({ file, order }) => `${file}: discovery_order is ${order}: expected ${advised}, as the guide advises`);
}

/** Terraform only warns of a value for a variable that does not exist. */
export function checkExamples({ hcl }: Subject): readonly string[] {
  const known = new Set(blocksOfKind(hcl, "variable").map(({ name }) => name));
  return [...hcl]
    .filter(([file]) => !file.endsWith(".tf"))
    .flatMap(([file, text]) =>
      [...text.matchAll(/^(\w+) *=/gm)]
        .filter(([, name = ""]) => !known.has(name))
        .map(([, name]) => `${file}: there is no variable ${name}`),
    );
}

/** A number that means a port stands in the one list of them; 80 and 443 are also percentages and the like. */
export function checkPortList({ hcl }: Subject): readonly string[] {
  const list = /^ {2}ports = \{[^}]*\}/m.exec(hcl.get(`${REGION}/locals.tf`) ?? "")?.[0] ?? "";
  const ports = [...list.matchAll(/= (\d{4,})/g)].map((match) => match[1] ?? "");
  if (ports.length === 0) return [`${REGION}/locals.tf has no list of ports`];
  const watched = new RegExp(`(?<![\\w.])(?:${ports.join("|")})(?![\\w.])`);
  return [...hcl]
    .filter(([file]) => file.endsWith(".tf"))
    .flatMap(([file, text]) =>
      text
        .replace(list, "")
        .split("\n")
        .filter((line) => watched.test(line) && !/^\s*(?:#|description|error_message)/.test(line))
        .map((line) => `${file}: a port stands outside of local.ports: ${line.trim()}`),
    );
}
