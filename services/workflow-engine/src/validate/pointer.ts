import type { JsonValue } from "@bufbuild/protobuf";

/** RFC 6901: `/nodes/2/configuration/url`. The empty pointer is the whole. */
export function pointer(...steps: readonly (string | number | symbol)[]): string {
  return steps.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The steps of a pointer; `undefined` when the text is none. */
export function parsePointer(text: string): readonly string[] | undefined {
  if (!/^(\/([^~/]|~[01])*)*$/.test(text)) return undefined;
  return text
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value that a pointer leads to; `undefined` when it leads nowhere. */
export function valueAt(root: JsonValue, steps: readonly (string | number | symbol)[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const step of steps) {
    if (value === null || typeof value !== "object") return undefined;
    const name = String(step);
    // Own members only: "constructor" leads nowhere.
    value = Object.hasOwn(value, name) ? (value as Record<string, JsonValue>)[name] : undefined;
  }
  return value;
}
