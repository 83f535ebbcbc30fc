import type { Node, ValidationIssue } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import { isEmpty } from "./configuration.ts";
import { error, warning } from "./issue.ts";
import { parsePointer, pointer, valueAt } from "./pointer.ts";

/** What a person has still to fill in: a warning each. */
export function checkNeedsInput(node: Node, path: string): readonly ValidationIssue[] {
  return node.needsInput.map((needed, index) => {
    if (needed === "" || parsePointer(needed) === undefined) {
      const message = `"${needed}" is no JSON Pointer into the configuration, for instance "/url"`;
      return error("BAD_POINTER", path + pointer("needs_input", index), message);
    }
    const message = `${node.name || node.id} needs a value here before the workflow can run`;
    return warning("NEEDS_INPUT", `${path}/configuration${needed}`, message);
  });
}

/** Whether what is wrong at `place`, a pointer into the configuration, is that a value is still to come. */
export function isExcused(node: Node, configuration: JsonObject, place: string): boolean {
  return node.needsInput.some((needed) => {
    const steps = parsePointer(needed);
    if (steps === undefined || !(place === needed || place.startsWith(`${needed}/`))) return false;
    return isEmpty(valueAt(configuration, steps));
  });
}
