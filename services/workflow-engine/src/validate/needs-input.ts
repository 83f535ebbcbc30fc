import type { Node, ValidationIssue } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import { isEmpty } from "./configuration.ts";
import { error, warning } from "./issue.ts";
import { parsePointer, pointer, valueAt } from "./pointer.ts";

/** A warning for each value that a person has to fill in. */
export function checkNeedsInput(node: Node, path: string): readonly ValidationIssue[] {
  return node.needsInput.map((needed, index) => {
    if (needed === "" || parsePointer(needed) === undefined) {
      const message = `expected a JSON Pointer into the configuration such as "/url", got "${needed}"`;
      return error("BAD_POINTER", path + pointer("needs_input", index), message);
    }
    const message = `${node.name || node.id} needs a value here before the workflow can run`;
    return warning("NEEDS_INPUT", `${path}/configuration${needed}`, message);
  });
}

/** Whether an issue at `place`, a pointer into the configuration, is due to a value that a person has to fill in. */
export function isExcused(node: Node, configuration: JsonObject, place: string): boolean {
  return node.needsInput.some((needed) => {
    const steps = parsePointer(needed);
    if (steps === undefined || !(place === needed || place.startsWith(`${needed}/`))) return false;
    return isEmpty(valueAt(configuration, steps));
  });
}
