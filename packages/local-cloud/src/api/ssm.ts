import { createHash } from "node:crypto";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { pageOf } from "./page.ts";
import { parameterArn, parametersOf } from "./secrets.ts";
import type { JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";

/**
 * Systems Manager: the parameters of the task definitions, without their values. Any program of this machine can call the
 * API, also those of other users, so it never returns a secret.
 */
export const ssm: JsonService = {
  targetPrefix: "AmazonSSM",
  refusal: "ValidationException",
  actions: {
    GetParameter: (input, cloud) => {
      const wanted = input.requiredText("Name");
      const found = parametersOf(cloud).find((name) => isNamed(wanted, name));
      if (found === undefined) throw new ApiError("ParameterNotFound", `Parameter ${wanted} not found.`);
      refuseDecryption(input);
      return { Parameter: parameterDocument(found, cloud) };
    },

    GetParameters: (input, cloud) => {
      const names = input.texts("Names") ?? [];
      if (names.length === 0 || names.length > 10) throw input.refuse("Names: expected 1 to 10 names or ARNs");
      const all = parametersOf(cloud);
      const found = all.filter((name) => names.some((wanted) => isNamed(wanted, name)));
      if (found.length > 0) refuseDecryption(input);
      return {
        Parameters: found.map((name) => parameterDocument(name, cloud)),
        InvalidParameters: names.filter((wanted) => !all.some((name) => isNamed(wanted, name))),
      };
    },

    GetParametersByPath: (input, cloud) => {
      const path = input.requiredText("Path").replace(/\/?$/, "/");
      const found = parametersOf(cloud).filter((name) =>
        input.flag("Recursive") ? name.startsWith(path) : name.slice(0, name.lastIndexOf("/") + 1) === path,
      );
      if (found.length > 0) refuseDecryption(input);
      const size = input.integer("MaxResults", 1, 10) ?? 10;
      const { items, nextToken } = pageOf(found, size, input.text("NextToken"), input.refusal);
      return { Parameters: items.map((name) => parameterDocument(name, cloud)), NextToken: nextToken };
    },
  },
};

/** Whether `text` is the name or ARN of the parameter, with or without the version `:1`. */
function isNamed(text: string, name: string): boolean {
  const wanted = text.replace(/:1$/, "");
  return wanted === name || wanted === parameterArn(name);
}

/** With the error of AWS for a caller without permission for the KMS key. */
function refuseDecryption(input: JsonInput): void {
  if (!input.flag("WithDecryption")) return;
  throw new ApiError(
    "AccessDeniedException",
    "The local cloud does not show the values of secrets: they are in the environment of its tasks.",
  );
}

function parameterDocument(name: string, { createdAtMs }: CloudView): object {
  return {
    Name: name,
    Type: "SecureString",
    // On AWS the encrypted value; here a digest of the name, which reveals nothing either.
    Value: createHash("sha256").update(name).digest("base64"),
    Version: 1,
    LastModifiedDate: createdAtMs / 1_000,
    ARN: parameterArn(name),
    DataType: "text",
  };
}
