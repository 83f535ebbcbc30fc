/** Figures as the table of docs/guides/fault-tolerance.md: a row for each case, a column for each client. */

import { CLIENTS } from "./clients/client.ts";
import type { Errors, Figures } from "./measure/figures.ts";
import type { ScenarioResult } from "./run/run-scenario.ts";

/** Attempts per call above this are shown. */
const NOTABLE_ATTEMPTS = 1.01;

export function toMarkdown(results: readonly ScenarioResult[]): string {
  const head = [`| scenario | ${CLIENTS.join(" | ")} |`, `|---|${CLIENTS.map(() => "---|").join("")}`];
  const rows = results.flatMap(({ slug, cases }) =>
    cases.map(({ name, clients }) => {
      const cells = CLIENTS.map((client) => cell(clients[client]));
      return `| \`${slug}\`: ${name} | ${cells.join(" | ")} |`;
    }),
  );
  return [...head, ...rows].join("\n");
}

function cell(figures: Figures | undefined): string {
  if (figures === undefined) return "not run";
  const { readErrors, writeErrors, streamErrors, during, faultyShare, attemptsPerCall } = figures;
  const { recoveryMs, afterHealMs } = figures;
  const broken = count(streamErrors);
  const parts = [
    `${count(readErrors)} + ${count(writeErrors)}`,
    ...(broken > 0 ? [`${broken} streams`] : []),
    `p99 ${typeof during.p99 === "number" && Number.isFinite(during.p99) ? during.p99.toFixed(0) : "–"}`,
    `${(100 * faultyShare).toFixed(1)} %`,
    ...(attemptsPerCall > NOTABLE_ATTEMPTS ? [`×${attemptsPerCall.toFixed(2)}`] : []),
    afterHealMs > 0 ? `healed +${(afterHealMs / 1_000).toFixed(1)} s` : `+${(recoveryMs / 1_000).toFixed(1)} s`,
  ];
  return parts.join(" · ");
}

/** Errors that may have been processed are in the count of their status too. */
function count(errors: Errors): number {
  return Object.entries(errors)
    .filter(([name]) => name !== "maybe processed")
    .reduce((sum, [, one]) => sum + one, 0);
}
