import type { JsonValue } from "@bufbuild/protobuf";

const POINTER = /^(\/([^~/]|~[01])*)*$/;

/** A JSON Pointer (RFC 6901), for instance `/nodes/2/configuration/url`. The empty pointer leads to the whole value. */
export function pointer(...steps: readonly (string | number | symbol)[]): string {
  return steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The steps of a pointer; `undefined` when the text is not a pointer. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (!POINTER.test(text)) return undefined;
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at the end of the steps; `undefined` when there is none. */
export function valueAt(root: JsonValue, steps: readonly (string | number | symbol)[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of steps) {
    if (value === null || typeof value !== "object") return undefined;
    const name = String(step);
    // Own members only: every object inherits "constructor".
    value = Object.hasOwn(value, name) ? (value as Record<string, JsonValue>)[name] : undefined;
  }
  return value;
}
