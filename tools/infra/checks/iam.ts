import { blocksIn, isObject, type Json, type JsonObject, listOf, toText } from "../state/json.ts";
import type { Instance, Region } from "../state/region.ts";

/** All that roles may do and need, with what they may do it to: everything (`*`), or what is ours. */
const ALLOWED: Readonly<Record<string, "*" | "ours">> = {
  "ecr:GetAuthorizationToken": "*",
  "ecr:BatchCheckLayerAvailability": "ours",
  "ecr:BatchGetImage": "ours",
  "ecr:GetDownloadUrlForLayer": "ours",
  "logs:CreateLogStream": "ours",
  "logs:PutLogEvents": "ours",
  "ssm:GetParameters": "ours",
  // Cloud Map knows no resource for these two; a condition holds them to our namespace.
  "servicediscovery:DiscoverInstances": "*",
  "servicediscovery:DiscoverInstancesRevision": "*",
};

/** Only where a variable asks for it. */
const EXEC = ["CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel"];

function allowedIn(region: Region): typeof ALLOWED {
  const hasKey = region.resources("aws_ssm_parameter").some(({ values }) => values["key_id"] !== undefined);
  const hasExec = region.resources("aws_ecs_service").some(({ values }) => values["enable_execute_command"] === true);
  return {
    ...ALLOWED,
    ...(hasKey && { "kms:Decrypt": "ours" }),
    ...(hasExec && Object.fromEntries(EXEC.map((action) => [`ssmmessages:${action}`, "*"] as const))),
  };
}

/** Cloud Map's own conditions on these actions. Any other key is missing from its requests, and the condition fails. */
const DISCOVERY_KEYS: ReadonlySet<string> = new Set(["servicediscovery:NamespaceName", "servicediscovery:ServiceName"]);

/** No role may do more than it needs or less, and no other account may use it. */
export function checkIam(region: Region): readonly string[] {
  const allowed = allowedIn(region);
  const policies = region.resources("aws_iam_role_policy");
  return [
    ...(policies.length === 0 ? ["there is no aws_iam_role_policy"] : []),
    ...policies.flatMap((policy) =>
      statementsOf(policy, "policy").flatMap((each) => [
        ...tooMuch(policy.address, each, allowed),
        ...withoutStreams(policy.address, each),
        ...discovery(policy.address, each, region),
      ]),
    ),
    ...missing(policies, allowed),
    ...region
      .resources("aws_iam_role")
      .flatMap((role) => statementsOf(role, "assume_role_policy").flatMap((each) => trust(role.address, each))),
  ];
}

function statementsOf({ address, values }: Instance, name: string): readonly JsonObject[] {
  const statements = blocksIn(values[name], "Statement");
  if (statements.length === 0) throw new Error(`${address}.${name} has no Statement`);
  return statements;
}

function tooMuch(address: string, statement: JsonObject, actions: typeof ALLOWED): readonly string[] {
  const isEverything = textsOf(statement["Resource"]).includes("*");
  return textsOf(statement["Action"]).flatMap((action) => {
    const allowed = actions[action];
    if (allowed === undefined) return [`${address} allows ${action}, which nothing needs`];
    if (isEverything && allowed === "ours") return [`${address} allows ${action} on everything: expected ours`];
    return [];
  });
}

/** Actions that are needed and that no role has. */
function missing(policies: readonly Instance[], needed: typeof ALLOWED): readonly string[] {
  const allowed = policies
    .flatMap((policy) => statementsOf(policy, "policy"))
    .flatMap((statement) => textsOf(statement["Action"]));
  return Object.keys(needed)
    .filter((action) => !allowed.includes(action))
    .map((action) => `no role may ${action}, which is needed`);
}

/** What is written to is a stream in the group, whose ARN is the group's with `:log-stream:` or `:*` behind it. */
function withoutStreams(address: string, statement: JsonObject): readonly string[] {
  const actions = textsOf(statement["Action"]).filter((action) => action.startsWith("logs:"));
  const groups = textsOf(statement["Resource"]).filter((resource) => !/:\*$|:log-stream:/.test(resource));
  return actions.length === 0
    ? []
    : groups.map((group) => `${address} allows ${actions.join(", ")} on ${group} and on no stream in it: expected :*`);
}

/** Whom a task may look for: the services of our namespace. */
function discovery(address: string, statement: JsonObject, region: Region): readonly string[] {
  const actions = textsOf(statement["Action"]).filter((action) => action.startsWith("servicediscovery:"));
  const namespaces = region
    .resources("aws_service_discovery_private_dns_namespace")
    .map(({ values }) => toText(values["name"]));
  const conditions = Object.values(membersOf(statement["Condition"])).flatMap((each) =>
    Object.entries(membersOf(each)),
  );
  const names = conditions
    .filter(([key]) => key === "servicediscovery:NamespaceName")
    .flatMap(([, value]) => textsOf(value));
  const isHeld = names.length > 0 && names.every((name) => namespaces.includes(name));
  const unknown = conditions.map(([key]) => key).filter((key) => !key.startsWith("aws:") && !DISCOVERY_KEYS.has(key));
  return actions.flatMap((action) => [
    ...(isHeld ? [] : [`${address} allows ${action} in every namespace: expected a condition that names ours`]),
    ...unknown.map((key) => `${address} allows ${action} by ${key}, which Cloud Map never sends`),
  ]);
}

function trust(address: string, statement: JsonObject): readonly string[] {
  const condition = JSON.stringify(statement["Condition"] ?? {});
  return condition.includes("aws:SourceAccount")
    ? []
    : [`${address} trusts ECS of every account: expected aws:SourceAccount`];
}

function membersOf(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).map(toText);
}
