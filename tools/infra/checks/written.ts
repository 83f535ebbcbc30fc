/** What only the text of the HCL shows: lifecycle rules, provider versions, descriptions, and the values of the examples. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { readStateFiles } from "../state/state.ts";
import type { Findings } from "./findings.ts";
import { argumentOf, blocksOfKind, textOf, valuesFilesIn } from "./hcl-text.ts";
import type { Subject } from "./subject.ts";

const REGION = "modules/region";

/** Lines of `lifecycle` blocks, each with what would happen without it. */
// biome-ignore format: a table, one line each
const LIFECYCLES: Readonly<Record<string, readonly [line: RegExp, otherwise: string]>> = {
  "aws_appautoscaling_policy.cpu": [/replace_triggered_by = \[aws_ecs_service\.this/, "AWS deletes it with the service"],
  "aws_appautoscaling_policy.requests": [/replace_triggered_by = \[aws_ecs_/, "AWS deletes it with the service"],
  "aws_appautoscaling_target.this": [/replace_triggered_by = \[aws_ecs_service\.this/, "AWS deletes it with the service"],
  "aws_ecs_service.this": [/ignore_changes = (?:\[desired_count\]|all)/, "each apply would undo scaling"],
  "aws_elasticache_parameter_group.this": [/create_before_destroy = true/, "a cache cannot lose its parameters"],
  "aws_lb_target_group.api": [/create_before_destroy = true/, "a listener cannot lose its target group"],
  "aws_lb_target_group.grpc": [/create_before_destroy = true/, "a listener cannot lose its target group"],
  "aws_service_discovery_service.this": [/ignore_changes = \[health_check_custom_config\]/, "each plan would replace it"],
  "terraform_data.redis_auth_token": [/ignore_changes = \[input\]/, "each apply would make another password"],
};

export function* checkLifecycles({ hcl }: Subject): Findings {
  const blocks = new Map(blocksOfKind(hcl, "resource", REGION).map((block) => [block.name, block.body]));
  for (const [name, [line, otherwise]] of Object.entries(LIFECYCLES)) {
    if (!line.test(blocks.get(name)?.replaceAll(/^\s*#.*$/gm, "") ?? ""))
      yield `${name} has no ${line.source.replaceAll("\\", "")}: ${otherwise}`;
  }
}

/** Each folder requires the minor version of the provider that made the states. */
export function* checkProvider({ hcl, infra }: Subject): Findings {
  const tested = new Set([...readStateFiles(infra).values()].map(({ provider }) => provider));
  for (const [file, text] of hcl) {
    if (!file.endsWith("versions.tf")) continue;
    const version = /aws = \{[^}]*version *= "([^"]*)"/.exec(text)?.[1] ?? "any version";
    for (const each of tested) {
      if (version !== `~> ${each}`)
        yield `infra/${file} takes ${version} of the AWS provider: expected ~> ${each}, which made the states`;
    }
  }
}

/** Each variable and output has a description, and each variable a type and a use. */
export function* checkDescriptions({ hcl }: Subject): Findings {
  for (const folder of ["", REGION]) {
    const variables = blocksOfKind(hcl, "variable", folder);
    const texts = [...hcl].filter(([file]) => file.startsWith(folder)).map(([, text]) => text);
    for (const block of [...variables, ...blocksOfKind(hcl, "output", folder)]) {
      if ((textOf(block, "description") ?? "").trim() === "") yield `${block.file}: ${block.name} has no description`;
    }
    for (const block of variables) {
      const { file, name, body } = block;
      if (argumentOf(block, "type") === undefined) yield `${file}: ${name} has no type`;
      if (!texts.some((text) => text.replace(body, "").includes(`var.${name}`))) yield `${file}: nothing uses ${name}`;
    }
  }
}

/** The default order is a contract and prefers the load balancer, so every example sets the order that the guide advises. */
export function* checkDiscoveryOrder({ hcl }: Subject): Findings {
  const guide = readFileSync(join(ROOT, "docs", "guides", "choosing-a-path.md"), "utf8");
  const advised = /\*\*set\s+`(\[[^\]]+\])`/.exec(guide)?.[1];
  if (advised === undefined) throw new Error("docs/guides/choosing-a-path.md advises no order: expected **set `[…]`");
  for (const [file, text] of valuesFilesIn(hcl)) {
    const order = /^discovery_order *= (.*)$/m.exec(text)?.[1] ?? "not set";
    if (order.replaceAll(" ", "") !== advised.replaceAll(" ", ""))
      yield `${file}: discovery_order is ${order}: expected ${advised}, as the guide advises`;
  }
}

/** Terraform only warns of a value for a variable that does not exist. */
export function* checkExamples({ hcl }: Subject): Findings {
  const known = new Set(blocksOfKind(hcl, "variable").map(({ name }) => name));
  for (const [file, text] of valuesFilesIn(hcl)) {
    for (const [, name = ""] of text.matchAll(/^(\w+) *=/gm))
      if (!known.has(name)) yield `${file}: there is no variable ${name}`;
  }
}

/** Port numbers of four digits and more are in local.ports only; 80 and 443 may be other numbers, too. */
export function* checkPortList({ hcl }: Subject): Findings {
  const list = /^ {2}ports = \{[^}]*\}/m.exec(hcl.get(`${REGION}/locals.tf`) ?? "")?.[0] ?? "";
  const ports = [...list.matchAll(/= (\d{4,})/g)].map((match) => match[1] ?? "");
  if (ports.length === 0) throw new Error(`${REGION}/locals.tf has no list of ports`);
  const port = new RegExp(`(?<![\\w.])(?:${ports.join("|")})(?![\\w.])`);
  for (const [file, text] of hcl) {
    if (!file.endsWith(".tf")) continue;
    for (const line of text.replace(list, "").split("\n")) {
      if (port.test(line) && !/^\s*(?:#|description|error_message)/.test(line))
        yield `${file}: a port stands outside of local.ports: ${line.trim()}`;
    }
  }
}
