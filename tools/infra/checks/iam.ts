/** The roles allow what is needed and no more, and trust no other account. */

import type { Block, Instance } from "../state/block.ts";
import { isObject, listOf, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

/** On every resource (`*`), or on ours. */
type Actions = Readonly<Record<string, "*" | "ours">>;

/** All actions that roles need. */
const NEEDED: Actions = {
  "ecr:GetAuthorizationToken": "*",
  "ecr:BatchCheckLayerAvailability": "ours",
  "ecr:BatchGetImage": "ours",
  "ecr:GetDownloadUrlForLayer": "ours",
  "logs:CreateLogStream": "ours",
  "logs:PutLogEvents": "ours",
  "ssm:GetParameters": "ours",
  // Cloud Map knows no resource for these two; a condition restricts them to our namespace.
  "servicediscovery:DiscoverInstances": "*",
  "servicediscovery:DiscoverInstancesRevision": "*",
};

/** Needed with `enable_execute_command` only. */
const EXEC: Actions = {
  "ssmmessages:CreateControlChannel": "*",
  "ssmmessages:CreateDataChannel": "*",
  "ssmmessages:OpenControlChannel": "*",
  "ssmmessages:OpenDataChannel": "*",
};

/** Cloud Map's own conditions on these actions. Any other key is missing from its requests, and the condition fails. */
const DISCOVERY_KEYS: ReadonlySet<string> = new Set(["servicediscovery:NamespaceName", "servicediscovery:ServiceName"]);

export function* checkIam(region: Region): Findings {
  const needed = neededIn(region);
  const policies = region.resources("aws_iam_role_policy").flatMap((policy) => statementsOf(policy, "policy"));
  if (policies.length === 0) yield "there is no aws_iam_role_policy";
  for (const { address, statement } of policies) {
    yield* checkActions(address, statement, needed);
    yield* checkStreams(address, statement);
    yield* checkDiscovery(address, statement, region);
  }
  const allowed = new Set(policies.flatMap(({ statement }) => statement.texts("Action")));
  for (const action of Object.keys(needed)) if (!allowed.has(action)) yield `no role may ${action}, which is needed`;
  const roles = region.resources("aws_iam_role").flatMap((role) => statementsOf(role, "assume_role_policy"));
  for (const { address, statement } of roles) {
    if (!statement.text("Condition").includes("aws:SourceAccount"))
      yield `${address} trusts ECS of every account: expected aws:SourceAccount`;
  }
}

function neededIn(region: Region): Actions {
  const hasKey = region.resources("aws_ssm_parameter").some((parameter) => parameter.has("key_id"));
  const hasExec = region.resources("aws_ecs_service").some((each) => each.text("enable_execute_command") === "true");
  return { ...NEEDED, ...(hasKey && { "kms:Decrypt": "ours" }), ...(hasExec && EXEC) };
}

function statementsOf(role: Instance, policy: string): readonly { address: string; statement: Block }[] {
  const statements = role.blocks(policy, "Statement");
  if (statements.length === 0) throw new Error(`${role.address}.${policy} has no Statement`);
  return statements.map((statement) => ({ address: role.address, statement }));
}

function* checkActions(address: string, statement: Block, needed: Actions): Findings {
  const isEverything = statement.texts("Resource").includes("*");
  for (const action of statement.texts("Action")) {
    if (needed[action] === undefined) yield `${address} allows ${action}, which nothing needs`;
    else if (isEverything && needed[action] === "ours")
      yield `${address} allows ${action} on everything: expected our resources`;
  }
}

/** Log events go to a stream of a group: its ARN is the group's with `:log-stream:` or `:*` behind it. */
function* checkStreams(address: string, statement: Block): Findings {
  const actions = statement.texts("Action").filter((action) => action.startsWith("logs:"));
  const groups = statement.texts("Resource").filter((resource) => !/:\*$|:log-stream:/.test(resource));
  if (actions.length === 0) return;
  for (const group of groups)
    yield `${address} allows ${actions.join(", ")} on ${group} and on no stream in it: expected :*`;
}

/** Tasks may discover the services of our namespace only. */
function* checkDiscovery(address: string, statement: Block, region: Region): Findings {
  const actions = statement.texts("Action").filter((action) => action.startsWith("servicediscovery:"));
  const namespaces = region.resources("aws_service_discovery_private_dns_namespace").map((each) => each.text("name"));
  const conditions = Object.values(statement.block("Condition").values).flatMap((each) =>
    isObject(each) ? Object.entries(each) : [],
  );
  const names = conditions
    .filter(([key]) => key === "servicediscovery:NamespaceName")
    .flatMap(([, value]) => listOf(value).map(toText));
  const isRestricted = names.length > 0 && names.every((name) => namespaces.includes(name));
  for (const action of actions) {
    if (!isRestricted) yield `${address} allows ${action} in every namespace: expected a condition that names ours`;
    for (const [key] of conditions) {
      if (!key.startsWith("aws:") && !DISCOVERY_KEYS.has(key))
        yield `${address} allows ${action} by ${key}, which Cloud Map never sends`;
    }
  }
}
