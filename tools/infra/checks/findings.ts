import type { Block } from "../state/block.ts";

/** What is wrong, a line each. */
export type Findings = Iterable<string>;

/** A text, or the least and the greatest number. */
type Expected = string | readonly [least: number, most: number];

/** A finding for each argument that is not as expected. `reason` says what would happen. */
export function* compare(
  place: string,
  block: Block,
  expected: Readonly<Record<string, Expected>>,
  reason?: string,
): Findings {
  for (const [name, each] of Object.entries(expected)) {
    const value = block.text(name);
    if (isAsExpected(value, each)) continue;
    const right = typeof each === "string" ? each : each.join(" to ");
    yield `${place}: ${name} is ${value || "not set"}: expected ${right}${reason === undefined ? "" : `: ${reason}`}`;
  }
}

function isAsExpected(value: string, expected: Expected): boolean {
  if (typeof expected === "string") return value === expected;
  const [least, most] = expected;
  return value !== "" && Number(value) >= least && Number(value) <= most;
}

/** All findings of a check, each once. An error is a finding: the check could not read the state. */
export function findingsOf(check: () => Findings): readonly string[] {
  const findings = new Set<string>();
  try {
    for (const finding of check()) findings.add(finding);
  } catch (error) {
    findings.add(error instanceof Error ? error.message : String(error));
  }
  return [...findings];
}
