import { isObject, JsonText, toPlain, type Value, type ValueObject } from "../hcl/value.ts";
import type { Instance } from "../plan/instance.ts";
import { regionOf, type Subject } from "./subject.ts";

/** All that any role may do, with what it may do it to: everything (`*`), or what is ours. */
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

/** No role may do more than it needs, and nobody else's cluster may use it. */
export function checkIam(subject: Subject): readonly string[] {
  const region = regionOf(subject.plan({ kms_key_arn: "arn:aws:kms:us-east-1:000000000000:key/one" }));
  const policies = region.resources("aws_iam_role_policy");
  return [
    ...(policies.length === 0 ? ["there is no aws_iam_role_policy"] : []),
    ...policies.flatMap((policy) => statementsOf(policy, "policy").flatMap((each) => tooMuch(policy.address, each))),
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
    const isHeld = statement["Condition"] !== undefined || !action.startsWith("servicediscovery:");
    return isHeld ? [] : [`${address} allows ${action} in every namespace: expected a condition`];
  });
}

function trust(address: string, statement: ValueObject): readonly string[] {
  const condition = JSON.stringify(toPlain(statement["Condition"] ?? {}));
  return condition.includes("aws:SourceAccount")
    ? []
    : [`${address} trusts ECS of every account: expected aws:SourceAccount`];
}

function listOf(value: Value | undefined): readonly string[] {
  return [toPlain(value ?? null)].flat().map(String);
}
