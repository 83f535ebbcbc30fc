import type { PutOptions } from "@agent-team/journal";
import type { ConversationName } from "../ids.ts";

/** Turns of one owner that are stored. Each is stored for 1 to 3 hours. */
const MAX_TURNS = 10_000;
export const MAX_TURN_MIB = 64;

const HOUR_MS = 3_600_000;

/** The sweep of each hour looks back this far. */
const LOOK_BACK_HOURS = 48;

/** Where a turn stands in the journal, and the bounds of its owner. */
export function turnPlacement(name: ConversationName, nowMs: number): PutOptions {
  const index = `at:turns/${name.owner}`;
  return {
    indexes: [index, turnsOf(name), turnsAt(nowMs)],
    quota: { index, maxDocuments: MAX_TURNS, maxBytes: MAX_TURN_MIB * 1024 * 1024 },
  };
}

/** Name of the index of the turns of a conversation. */
export function turnsOf({ tag }: ConversationName): string {
  return `at:turns-of/${tag}`;
}

/** Name of the index of the turns that began in that hour. */
function turnsAt(timeMs: number): string {
  return `at:turns-at/${Math.floor(timeMs / HOUR_MS)}`;
}

/** Names of the indexes of turns that have ended an hour ago or earlier: a turn lasts two minutes at most. */
export function expiredTurns(nowMs: number): readonly string[] {
  return Array.from({ length: LOOK_BACK_HOURS }, (_, at) => turnsAt(nowMs - (at + 2) * HOUR_MS));
}
