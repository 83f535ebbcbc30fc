import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { Terminal } from "../command.ts";
import { boardLines, nodeLine, runLine } from "./lines.ts";
import type { RunBoard } from "./run-board.ts";
import type { RunChange } from "./run-change.ts";

/** How the progress of a run is shown. */
export interface RunView {
  /** The board has this change already. */
  didChange(change: RunChange): void;
  /** Nothing is drawn after it. Idempotent. */
  close(): void;
}

/** One line for each change: for files, pipes and logs. */
export class LinesView implements RunView {
  readonly #board: RunBoard;
  readonly #clock: Clock;
  readonly #out: (line: string) => void;

  constructor(board: RunBoard, clock: Clock, out: (line: string) => void) {
    this.#board = board;
    this.#clock = clock;
    this.#out = out;
  }

  didChange(change: RunChange): void {
    if (change.kind === "run") this.#out(runLine(this.#board));
    // A question comes behind the change of its node, which does not have it yet.
    if (change.kind === "question") this.#out(nodeLine(this.#board, change.nodeId, this.#clock.wallNow()));
    if (change.kind === "node") this.#out(nodeLine(this.#board, change.node.nodeId, this.#clock.wallNow()));
  }

  close(): void {}
}

/** The clock of a node that runs is drawn this often. */
const REDRAW_MS = 1_000;

/** One line for each node, drawn again in its place. */
export class TerminalView implements RunView {
  readonly #board: RunBoard;
  readonly #clock: Clock;
  readonly #terminal: Terminal;
  /** The lines of the last drawing. */
  #drawn = 0;
  #timer: Timer | undefined;

  constructor(board: RunBoard, clock: Clock, terminal: Terminal) {
    this.#board = board;
    this.#clock = clock;
    this.#terminal = terminal;
    this.#draw();
  }

  didChange(): void {
    this.#draw();
  }

  close(): void {
    this.#timer?.cancel();
    if (this.#drawn > 0) this.#terminal.write(this.#over(this.#lines()));
    this.#drawn = 0;
  }

  #draw(): void {
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(REDRAW_MS, () => this.#draw());
    const lines = fitted(this.#lines(), this.#terminal.rows);
    // A line that the terminal wraps could not be drawn again in its place: it cuts them (DECAWM).
    this.#terminal.write(`\x1b[?7l${this.#over(lines)}\x1b[?7h`);
    this.#drawn = lines.length;
  }

  #lines(): readonly string[] {
    return boardLines(this.#board, this.#clock.wallNow());
  }

  /** Lines in the place of the last drawing: cursor up (CUU), and erase what is below (ED). */
  #over(lines: readonly string[]): string {
    const up = this.#drawn === 0 ? "" : `\x1b[${this.#drawn}A`;
    return `${up}\x1b[J${lines.join("\n")}\n`;
  }
}

/** The cursor cannot go back above the upper edge: of more lines the last ones are drawn, with the number of the others. */
function fitted(lines: readonly string[], rows: number): readonly string[] {
  const room = Math.max(2, rows - 1);
  if (lines.length <= room) return lines;
  const hidden = lines.length - room + 1;
  return [`… ${hidden} more above`, ...lines.slice(hidden)];
}
