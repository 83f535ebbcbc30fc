/** Figures as a table for people. */

import type { ClientName } from "./clients/client.ts";
import type { Errors, Figures } from "./measure/figures.ts";
import type { Percentiles } from "./measure/percentiles.ts";
import type { Case } from "./scenario.ts";

const MIB = 1024 * 1024;

const HEAD = [
  "client",
  "calls",
  "read errors",
  "write errors",
  "broken streams",
  "p50/p99/p99.9 before",
  "during the fault, ms",
  "until an error, ms",
  "ok during/after",
  "attempts/call",
  "faulty share",
  "skew",
  "last bad",
  "back",
  "duplicates",
  "memory",
];

export interface ClientFigures {
  readonly client: ClientName;
  readonly figures: Figures;
}

export function toTable(one: Case, rows: readonly ClientFigures[]): string {
  const cells = [HEAD, ...rows.map(({ client, figures }) => rowOf(client, figures, one))];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function rowOf(client: string, figures: Figures, { faulty }: Case): readonly string[] {
  return [
    client,
    String(figures.calls),
    errorsText(figures.readErrors, figures.lateReadErrors),
    errorsText(figures.writeErrors, figures.lateWriteErrors),
    `${errorsText(figures.streamErrors)} of ${figures.streams}`,
    percentilesText(figures.before),
    percentilesText(figures.during),
    percentilesText(figures.failing),
    `${percent(figures.okDuring)} / ${percent(figures.okAfter)}`,
    figures.attemptsPerCall.toFixed(3),
    faulty.length === 0 ? "–" : percent(figures.faultyShare),
    figures.skew.toFixed(2),
    recoveryText(figures),
    figures.backMs === undefined ? "–" : seconds(figures.backMs),
    String(figures.duplicates),
    memoryText(figures),
  ];
}

/** `late`: how many of them came later than a second after the fault. */
function errorsText(errors: Errors, late?: number): string {
  const names = Object.keys(errors);
  if (names.length === 0) return "0";
  const text = names.map((name) => `${errors[name]} ${name}`).join(", ");
  return late === undefined ? text : `${text} (${late} after 1 s)`;
}

function percentilesText({ p50, p99, p999 }: Percentiles): string {
  return [p50, p99, p999].map((ms) => (Number.isFinite(ms) ? ms.toFixed(ms < 10 ? 1 : 0) : "–")).join(" / ");
}

function recoveryText({ recoveryMs, afterHealMs }: Figures): string {
  return afterHealMs > 0 ? `${seconds(recoveryMs)}, healed ${seconds(afterHealMs)}` : seconds(recoveryMs);
}

function memoryText({ maxRssBytes, aliveMibPerHour }: Figures): string {
  const most = `${Math.round(maxRssBytes / MIB)} MiB`;
  return aliveMibPerHour === undefined ? most : `${most}, alive ${aliveMibPerHour.toFixed(1)} MiB/h`;
}

function seconds(ms: number): string {
  return `+${(ms / 1_000).toFixed(1)} s`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
