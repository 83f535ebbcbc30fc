import { arn } from "../aws-names.ts";
import type { ServiceDefinition } from "../services.ts";
import type { CloudView } from "./cloud-view.ts";

/** Names of variables that a task definition lists as secrets, with the ARN of an SSM parameter instead of the value. */
const SECRET_NAMES = /_KEY$|SECRET|TOKEN|PASSWORD|^REDIS_URL$/;

export function isSecret(variable: string): boolean {
  return SECRET_NAMES.test(variable);
}

/** The name in infra/. */
export function parameterName(variable: string, cloud: string): string {
  return `/${cloud}/${variable.toLowerCase()}`;
}

export function parameterArn(name: string): string {
  return arn("ssm", `parameter${name}`);
}

/** The parameters that the task definitions name. */
export function parametersOf({ name, definitions, environment }: CloudView): readonly string[] {
  const variables = definitions.flatMap((definition: ServiceDefinition) => Object.keys(environment(definition)));
  const secrets = new Set(variables.filter(isSecret));
  return [...secrets].map((variable) => parameterName(variable, name)).toSorted();
}
