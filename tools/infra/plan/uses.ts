/** The names that stand in the expressions of a block, or of anything else that is still text. */

import { type Expression, partsOf } from "../hcl/expression.ts";
import { parseOnce } from "./body.ts";
import type { Json } from "./configuration.ts";

/**
 * Each name as a path: `["var", "name"]`, `["aws_lb", "grpc", "dns_name"]`, and the shorter halves of longer ones too.
 * Indexes are left out: `aws_lb.this["a"].arn` has the same attributes as `aws_lb.this.arn`.
 */
export function pathsIn(json: Json): readonly (readonly string[])[] {
  return textsIn(json).flatMap((text) => {
    const paths = [...partsOf(parseOnce(text))].map(pathOf);
    return paths.filter((path) => path !== undefined && path.length > 1) as (readonly string[])[];
  });
}

function textsIn(json: Json): readonly string[] {
  if (typeof json === "string") return [json];
  if (typeof json !== "object" || json === null) return [];
  const members = Array.isArray(json)
    ? json
    : Object.entries(json as object)
        .filter(([name]) => name !== "ignore_changes" && name !== "provider")
        .flat();
  return members.flatMap((member: Json) => textsIn(member));
}

function pathOf(expression: Expression): readonly string[] | undefined {
  switch (expression.kind) {
    case "name":
      return [expression.name];
    case "attribute": {
      const path = pathOf(expression.of);
      return path === undefined ? undefined : [...path, expression.name];
    }
    case "index":
      return pathOf(expression.of);
    default:
      return undefined;
  }
}
