import type { Verdict } from "./judge.ts";
import type { Played } from "./play.ts";

interface Row extends Played {
  readonly id: string;
  readonly group?: string | undefined;
  readonly verdict: Verdict;
  readonly expect: { readonly outcome: string };
}

/** The counts of a scored collection. `share`: right ones of all, 0 to 1. */
export interface Totals {
  readonly requests: number;
  readonly right: number;
  readonly right_drafts: number;
  readonly asks_instead: number;
  readonly something_else: number;
  readonly share: number;
}

export function totalsOf(rows: readonly Pick<Row, "verdict" | "outcome">[]): Totals {
  const right = rows.filter(({ verdict }) => verdict === "right");
  const count = (verdict: Verdict): number => rows.filter((row) => row.verdict === verdict).length;
  return {
    requests: rows.length,
    right: right.length,
    right_drafts: right.filter(({ outcome }) => outcome === "workflow").length,
    asks_instead: count("asks instead"),
    something_else: count("something else"),
    share: rows.length === 0 ? 0 : right.length / rows.length,
  };
}

/** One line per request, then one line per group with its share. */
export function table(rows: readonly Row[]): readonly string[] {
  const lines = rows.map(({ id, group = "", verdict, expect, outcome, draft }) => [
    id,
    group,
    verdict,
    expect.outcome,
    outcome,
    outcome === "workflow" ? draft.join(" | ") : "",
  ]);
  return [
    ...columns([["id", "group", "verdict", "expected", "got", "draft"], ...lines]),
    "",
    ...columns([["group", "right", "of"], ...groups(rows)]),
  ];
}

function groups(rows: readonly Row[]): readonly (readonly string[])[] {
  return [...Map.groupBy(rows, ({ group = "" }) => group)].map(([group, members]) => {
    const { right, requests } = totalsOf(members);
    return [group, String(right), String(requests)];
  });
}

function columns(lines: readonly (readonly string[])[]): readonly string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === line.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

export function totalsLine({ requests, right, right_drafts, asks_instead, something_else, share }: Totals): string {
  const percent = Math.floor(share * 1000) / 10;
  return `${requests} requests: ${right} right (${percent} %; ${right_drafts} drafts, ${right - right_drafts} questions or answers), ${asks_instead} ask instead, ${something_else} drafted something else`;
}
