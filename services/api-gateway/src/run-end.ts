import { RunState, type WatchRunResponse } from "@agent-team/contracts";

const FINAL_STATES: ReadonlySet<RunState> = new Set([
  RunState.SUCCEEDED,
  RunState.FAILED,
  RunState.CANCELED,
  RunState.TIMED_OUT,
]);

/** Whether nothing follows an event of a watched run. */
export function isLastOfRun({ event }: WatchRunResponse): boolean {
  return event.case === "runStateChanged" && FINAL_STATES.has(event.value.state);
}
