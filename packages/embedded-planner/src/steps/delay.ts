import { NodeType } from "@agent-team/contracts";
import { formatDuration, takeDuration } from "../duration.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

/** "wait 10 minutes", "pause for an hour". */
export function delay(reading: Reading): Step | undefined {
  const said = reading.take(/^(?:wait|pause|sleep)\b/i);
  if (said === undefined) return undefined;
  const seconds = takeDuration(reading);
  // "sleep furiously" is not a wait; "wait a bit" is a wait without a length, which the planner asks for.
  if (seconds === undefined && /sleep/i.test(said[0])) return undefined;
  return wait(seconds);
}

function wait(seconds: number | undefined): Step {
  return {
    type: NodeType.FLOW,
    subtype: "DELAY",
    name: seconds === undefined ? "Wait" : `Wait ${formatDuration(seconds)}`,
    sentence: () => `Wait ${formatDuration(seconds ?? 0)}`,
    yields: "nothing",
    reads: false,
    hole: seconds === undefined ? HOW_LONG : undefined,
    configuration: () => ({ configuration: { duration_seconds: seconds ?? 0 } }),
  };
}

const HOW_LONG: NonNullable<Step["hole"]> = {
  slot: "duration",
  question: "How long should it wait?",
  options: ["10 minutes", "1 hour", "1 day"],
  fill(answer) {
    const seconds = takeDuration(answer);
    return seconds === undefined ? undefined : wait(seconds);
  },
};
