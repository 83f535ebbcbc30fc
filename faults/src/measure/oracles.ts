/** What must hold in each run of our client. A violation is an error of the run, where a missed target is only a figure. */

import type { Case } from "../scenario.ts";
import type { Figures } from "./figures.ts";
import type { RunData } from "./run-data.ts";

export function violations(data: RunData, { duplicates }: Figures, { steps }: Pick<Case, "steps">): readonly string[] {
  const never = data.calls.filter(({ ms }) => ms === undefined).length;
  // gRPC has no checksum: a bit that is flipped within a message is in the message. It stays in the table of errors.
  const wrong = steps.some(flipsBits) ? 0 : data.calls.filter(({ code }) => code === -1).length;
  return [
    ...(never > 0 ? [`${never} calls never ended`] : []),
    ...(data.settledTwice > 0 ? [`${data.settledTwice} calls ended twice`] : []),
    ...(wrong > 0 ? [`${wrong} calls succeeded with a wrong message`] : []),
    ...(duplicates > 0 ? [`${duplicates} calls that are not idempotent were executed twice`] : []),
    ...(data.leftRunning > 0 ? ["the process did not end after its client was closed"] : []),
    ...data.uncaught.map((error) => `uncaught: ${error}`),
  ];
}

function flipsBits({ action }: Case["steps"][number]): boolean {
  return action.kind === "proxy" && action.fault.kind === "corrupt";
}
