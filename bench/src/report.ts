/** Figures in the two forms in which they leave: an object for programs, a table for people. */

import type { Figures } from "./benchmark.ts";

/** The one line of `--json`: ratio = ours / peer, three digits of everything. */
export function toJson(name: string, { unit, ours, peers, variants }: Figures): string {
  const figures = { name, node: process.version, unit, ...rounded(ours, peers) };
  if (variants === undefined) return JSON.stringify(figures);
  const each = Object.entries(variants).map(([variant, of]) => [
    variant,
    { unit: of.unit ?? unit, ...rounded(of.ours, of.peers) },
  ]);
  return JSON.stringify({ ...figures, variants: Object.fromEntries(each) });
}

function rounded(ours: Figures["ours"], peers: Figures["peers"]): Omit<Figures, "unit" | "notes"> & { ratio: object } {
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
