import type { TurnStep } from "@agent-team/contracts/turn-log";

/** Where a turn goes on. */
export interface Progress {
  /** Number of the first step that is not finished. */
  readonly step: number;
  /** Events of that step that are stored already. */
  readonly events: number;
  /** The text of the answer so far. */
  readonly text: string;
}

export function progressOf(steps: readonly TurnStep[]): Progress {
  const last = steps.at(-1);
  const text = textOf(steps);
  if (last === undefined) return { step: 0, events: 0, text };
  if (last.endsStep) return { step: last.step + 1, events: 0, text };
  const finished = steps.findLastIndex(({ step, endsStep }) => endsStep || step !== last.step);
  return { step: last.step, events: steps.length - 1 - finished, text };
}

/** Without the text that was withdrawn. */
function textOf(steps: readonly TurnStep[]): string {
  let kept: TurnStep[] = [];
  for (const step of steps) {
    const { event } = step.event ?? {};
    if (event?.case === "outputTruncated") kept = upTo(kept, event.value.keepThroughSequence);
    kept.push(step);
  }
  return kept.map(({ event }) => event?.message ?? "").join("");
}

function upTo(steps: readonly TurnStep[], sequence: number): TurnStep[] {
  return steps.filter(({ event }) => (event?.sequence ?? 0) <= sequence);
}
