/** What must hold in each run of our client. A violation is an error of the run, where a missed target is only a figure. */

import type { Figures } from "./figures.ts";
import type { RunData } from "./run-data.ts";

export function violations(data: RunData, { duplicates }: Figures): readonly string[] {
  const never = data.calls.filter(({ ms }) => ms === undefined).length;
  const wrong = data.calls.filter(({ code }) => code === -1).length;
  return [
    ...(never > 0 ? [`${never} calls never ended`] : []),
    ...(data.settledTwice > 0 ? [`${data.settledTwice} calls ended twice`] : []),
    ...(wrong > 0 ? [`${wrong} calls succeeded with a wrong message`] : []),
    ...(duplicates > 0 ? [`${duplicates} calls that are not idempotent were executed twice`] : []),
    ...(data.leftRunning > 0 ? ["the process did not end after its client was closed"] : []),
    ...data.uncaught.map((error) => `uncaught: ${error}`),
  ];
}
