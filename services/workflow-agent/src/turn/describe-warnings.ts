import { Severity, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";

/** A warning that the planner's own text contains already. */
const ALREADY_IN_TEXT = "NEEDS_INPUT";

/**
 * Text to append to the answer: the engine's warnings about a draft, for instance nodes that it does not run yet. Each
 * warning once, with the names of its nodes. Empty without warnings.
 */
export function describeWarnings(spec: WorkflowSpec, issues: readonly ValidationIssue[]): string {
  const warnings = issues.filter(({ severity, code }) => severity === Severity.WARNING && code !== ALREADY_IN_TEXT);
  const byMessage = Map.groupBy(warnings, ({ message }) => message);
  return [...byMessage].map(([message, same]) => `\n${namesOf(spec, same)}${message}`).join("");
}

function namesOf({ nodes }: WorkflowSpec, issues: readonly ValidationIssue[]): string {
  const names = issues.flatMap(({ path }) => nodes[Number(/^\/nodes\/(\d+)/.exec(path)?.[1] ?? -1)]?.name ?? []);
  return names.length === 0 ? "" : `${[...new Set(names)].map((name) => `"${name}"`).join(", ")}: `;
}
