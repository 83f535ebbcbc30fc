/** States and times in the words of the page. */

import type { NodeState, RunState } from "../api/types.ts";

export function nodeStateWords(state: NodeState, subtype = ""): string {
  if (state === "WAITING") return subtype === "APPROVAL" ? "asks you" : "waiting";
  return state === "SUCCEEDED" ? "done" : state.toLowerCase();
}

export function runStateWords(state: RunState): string {
  return state.toLowerCase().replaceAll("_", " ");
}

/** "14:05:09" today's way of the reader's locale; with the day when it is another one than `now`. */
export function timeWords(iso: string | undefined): string {
  if (iso === undefined || iso === "") return "";
  const day = new Intl.DateTimeFormat(undefined, {
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  return day.format(toMs(iso));
}

/** "240 ms", "3.2 s", "4 min". */
export function durationWords(from: string | undefined, to: string | undefined): string {
  if (from === undefined || to === undefined) return "";
  const ms = toMs(to) - toMs(from);
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  return ms < 120_000 ? `${(ms / 1_000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

function toMs(iso: string): number {
  // oxlint-disable-next-line no-restricted-globals -- parses the time of a message, and reads no clock
  return Date.parse(iso);
}

/** JSON as people read it; text as it is. */
export function valueWords(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}
