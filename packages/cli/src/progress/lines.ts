import type { RunBoard } from "./run-board.ts";
import type { NodeProgress } from "./run-change.ts";

/** The lines of a board: one for each node, then one for the run. */
export function boardLines(board: RunBoard, nowMs: number): readonly string[] {
  const width = Math.max(...board.nodeIds.map((id) => id.length), 3);
  const nodes = board.nodeIds.map((id) => nodeLine(board, id, nowMs, width));
  return [...nodes, runLine(board, width)];
}

/** `fetch_orders  failed     0.2 s  HTTP_STATUS: the server answered 500` */
export function nodeLine(board: RunBoard, nodeId: string, nowMs: number, width: number = nodeId.length): string {
  const node = board.node(nodeId) ?? sumOf(board.copiesOf(nodeId));
  if (node === undefined) return line([nodeId.padEnd(width), "-"]);
  const question = board.questionOf(nodeId);
  return line([
    nodeId.padEnd(width),
    node.state.padEnd(9),
    durationOf(node, nowMs),
    node.attempt > 1 ? `attempt ${node.attempt}` : "",
    question === undefined ? "" : `asks: ${question}`,
    node.error ?? "",
    countsOf(board.copiesOf(nodeId)),
  ]);
}

/** The copies of a node as if they were one, since the first began: one that failed, else one that is open, else the last. */
function sumOf(copies: readonly NodeProgress[]): NodeProgress | undefined {
  const shown = copies.find(({ state }) => state === "failed") ?? copies.findLast(({ endMs }) => endMs === undefined);
  const last = shown ?? copies.at(-1);
  return last && { ...last, startMs: copies[0]?.startMs, attempt: 1 };
}

/** `12 succeeded, 2 running` */
function countsOf(copies: readonly NodeProgress[]): string {
  const counts = Map.groupBy(copies, ({ state }) => state);
  return [...counts].map(([state, { length }]) => `${length} ${state}`).join(", ");
}

export function runLine({ state, error }: RunBoard, width = 3): string {
  return line(["run".padEnd(width), state, error ?? ""]);
}

function durationOf({ state, startMs, endMs }: NodeProgress, nowMs: number): string {
  if (startMs === undefined || state === "skipped") return "";
  // The clocks of two machines differ.
  const seconds = Math.max(0, (endMs ?? nowMs) - startMs) / 1_000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** Joins the parts in one line. What a workflow or a server says must not move the cursor of a terminal. */
function line(parts: readonly string[]): string {
  const text = parts.filter((part) => part !== "").join("  ");
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trimEnd();
}
