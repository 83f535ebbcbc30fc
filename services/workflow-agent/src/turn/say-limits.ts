import { Severity, type ValidationIssue, type WorkflowSpec } from "@agent-team/contracts";

/** The planner's own text says it already. */
const SAID = "NEEDS_INPUT";

/**
 * What the engine warns of in a draft, for people, to append to the answer: for instance which nodes it does not run yet.
 * Each warning once, with the names of all nodes that it concerns. Empty when there is none.
 */
export function sayLimits(spec: WorkflowSpec, issues: readonly ValidationIssue[]): string {
  const warnings = issues.filter(({ severity, code }) => severity === Severity.WARNING && code !== SAID);
  const byMessage = Map.groupBy(warnings, ({ message }) => message);
  return [...byMessage].map(([message, same]) => `\n${namesOf(spec, same)}${message}`).join("");
}

function namesOf({ nodes }: WorkflowSpec, issues: readonly ValidationIssue[]): string {
  const names = issues.flatMap(({ path }) => nodes[Number(/^\/nodes\/(\d+)/.exec(path)?.[1] ?? -1)]?.name ?? []);
  return names.length === 0 ? "" : `${[...new Set(names)].map((name) => `"${name}"`).join(", ")}: `;
}
