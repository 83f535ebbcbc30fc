/** Figures in the two forms in which they leave: an object for programs, a table for people. */

import type { Figures } from "./benchmark.ts";

/** Figures with their ratios, ours / peer, and three digits of everything. */
export interface Report {
  readonly name: string;
  readonly node: string;
  readonly unit: string;
  readonly ours: Figures["ours"];
  readonly peers: Figures["peers"];
  readonly ratio: Readonly<Record<string, number>>;
  readonly variants?: Readonly<Record<string, Omit<Report, "name" | "node" | "variants">>>;
}

export function toReport(name: string, { unit, ours, peers, variants }: Figures): Report {
  const figures = { name, node: process.version, unit, ...rounded(ours, peers) };
  if (variants === undefined) return figures;
  const each = Object.entries(variants).map(([variant, of]) => [
    variant,
    { unit: of.unit ?? unit, ...rounded(of.ours, of.peers) },
  ]);
  return { ...figures, variants: Object.fromEntries(each) };
}

/** The one line of `--json`. */
export function toJson(name: string, figures: Figures): string {
  return JSON.stringify(toReport(name, figures));
}

function rounded(ours: Figures["ours"], peers: Figures["peers"]): Pick<Report, "ours" | "peers" | "ratio"> {
  return {
    ours: typeof ours === "number" ? round(ours) : mapValues(ours, round),
    peers: mapValues(peers, round),
    ratio: mapValues(ratios(ours, peers), round),
  };
}

/** The same for people: a table, and one for each variant. */
export function toTable({ unit, ours, peers, variants = {}, notes }: Figures): string {
  const tables = Object.entries(variants).flatMap(([name, variant]) =>
    table(name, variant.unit ?? unit, variant.ours, variant.peers),
  );
  return [...table("", unit, ours, peers), ...tables, ...notes].join("\n");
}

function table(title: string, unit: string, ours: Figures["ours"], peers: Figures["peers"]): string[] {
  const ratio = ratios(ours, peers);
  const figures = typeof ours === "number" ? { ours, ...peers } : ours;
  const head = row(title, unit, Object.keys(ratio).length > 0 ? "ours / peer" : "");
  return [head, ...Object.entries(figures).map(([name, value]) => row(name, format(value), format(ratio[name])))];
}

function ratios(ours: Figures["ours"], peers: Figures["peers"]): Record<string, number> {
  return typeof ours === "number" ? mapValues(peers, (value) => ours / value) : {};
}

function mapValues(of: Readonly<Record<string, number>>, by: (value: number) => number): Record<string, number> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, by(value)]));
}

/** For the longest name of a variant. */
const NAME_COLUMNS = 40;

function row(name: string, value: string, ratio: string): string {
  return `${name.padEnd(NAME_COLUMNS)}${value.padStart(16)}${ratio.padStart(14)}`.trimEnd();
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function format(value: number | undefined): string {
  return value === undefined ? "" : String(round(value));
}
