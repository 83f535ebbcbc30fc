import { isObject, JsonText, toPlain, toText, type Value, type ValueObject } from "../hcl/value.ts";
import type { Instance } from "../plan/instance.ts";
import type { Plan } from "../plan/plan.ts";
import { regionOf, type Subject } from "./subject.ts";

/** All that roles may do and need, with what they may do it to: everything (`*`), or what is ours. */
const ALLOWED: Readonly<Record<string, "*" | "ours">> = {
  "ecr:GetAuthorizationToken": "*",
  "ecr:BatchCheckLayerAvailability": "ours",
  "ecr:BatchGetImage": "ours",
  "ecr:GetDownloadUrlForLayer": "ours",
  "logs:CreateLogStream": "ours",
  "logs:PutLogEvents": "ours",
  "ssm:GetParameters": "ours",
  "kms:Decrypt": "ours",
  // Cloud Map knows no resource for these two; a condition holds them to our namespace.
  "servicediscovery:DiscoverInstances": "*",
  "servicediscovery:DiscoverInstancesRevision": "*",
};

/** Cloud Map's own conditions on these actions. Another one of its keys is never there, and refuses everybody. */
const DISCOVERY_KEYS: ReadonlySet<string> = new Set(["servicediscovery:NamespaceName", "servicediscovery:ServiceName"]);

/** No role may do more than it needs or less, and nobody else's cluster may use it. */
export function checkIam(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan({ kms_key_arn: "arn:aws:kms:us-east-1:000000000000:key/one" }));
  const policies = region.resources("aws_iam_role_policy");
  return [
    ...(policies.length === 0 ? ["there is no aws_iam_role_policy"] : []),
    ...policies.flatMap((policy) =>
      statementsOf(policy, "policy").flatMap((each) => [
        ...tooMuch(policy.address, each),
        ...withoutStreams(policy.address, each),
        ...discovery(policy.address, each, region),
      ]),
    ),
    ...missing(policies),
    ...region
      .resources("aws_iam_role")
      .flatMap((role) => statementsOf(role, "assume_role_policy").flatMap((each) => trust(role.address, each))),
  ];
}

function statementsOf({ address, values }: Instance, name: string): readonly ValueObject[] {
  const policy = values[name];
  const document = policy instanceof JsonText ? policy.value : null;
  const statements = isObject(document) ? document["Statement"] : undefined;
  // Without it, a test with a mocked provider would look at something that is no policy.
  if (!Array.isArray(statements)) throw new Error(`${address}.${name} is no jsonencode({ Statement = […] })`);
  return statements.filter((each: Value) => isObject(each));
}

function tooMuch(address: string, statement: ValueObject): readonly string[] {
  const isEverything = listOf(statement["Resource"]).includes("*");
  return listOf(statement["Action"]).flatMap((action) => {
    const allowed = ALLOWED[action];
    if (allowed === undefined) return [`${address} allows ${action}, which nothing needs`];
    if (isEverything && allowed === "ours") return [`${address} allows ${action} on everything: expected ours`];
    return [];
  });
}

/** Actions that the table above has and no role: whoever needs them is refused. */
function missing(policies: readonly Instance[]): readonly string[] {
  const allowed = policies
    .flatMap((policy) => statementsOf(policy, "policy"))
    .flatMap((statement) => listOf(statement["Action"]));
  return Object.keys(ALLOWED)
    .filter((action) => !allowed.includes(action))
    .map((action) => `no role may ${action}, which is needed`);
}

/** What is written to is a stream in the group, whose ARN is the group's with `:log-stream:` or `:*` behind it. */
function withoutStreams(address: string, statement: ValueObject): readonly string[] {
  const actions = listOf(statement["Action"]).filter((action) => action.startsWith("logs:"));
  const groups = listOf(statement["Resource"]).filter((resource) => !/:\*$|:log-stream:/.test(resource));
  return actions.length === 0
    ? []
    : groups.map((group) => `${address} allows ${actions.join(", ")} on ${group} and on no stream in it: expected :*`);
}

/** Whom a task may look for: the services of our namespace. */
function discovery(address: string, statement: ValueObject, region: Plan): readonly string[] {
  const actions = listOf(statement["Action"]).filter((action) => action.startsWith("servicediscovery:"));
  const namespaces = region
    .resources("aws_service_discovery_private_dns_namespace")
    .map(({ values }) => toText(values["name"] ?? ""));
  const conditions = Object.values(membersOf(statement["Condition"])).flatMap((each) =>
    Object.entries(membersOf(each)),
  );
  const names = conditions
    .filter(([key]) => key === "servicediscovery:NamespaceName")
    .flatMap(([, value]) => listOf(value));
  const isHeld = names.length > 0 && names.every((name) => namespaces.includes(name));
  const unknown = conditions.map(([key]) => key).filter((key) => !key.startsWith("aws:") && !DISCOVERY_KEYS.has(key));
  return actions.flatMap((action) => [
    ...(isHeld ? [] : [`${address} allows ${action} in every namespace: expected a condition that names ours`]),
    ...unknown.map((key) => `${address} allows ${action} if ${key} is right, which Cloud Map never tells`),
  ]);
}

function trust(address: string, statement: ValueObject): readonly string[] {
  const condition = JSON.stringify(toPlain(statement["Condition"] ?? {}));
  return condition.includes("aws:SourceAccount")
    ? []
    : [`${address} trusts ECS of every account: expected aws:SourceAccount`];
}

function membersOf(value: Value | undefined): ValueObject {
  return isObject(value) ? value : {};
}

function listOf(value: Value | undefined): readonly string[] {
  return [toPlain(value ?? null)].flat().map(String);
}
