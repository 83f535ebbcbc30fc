import type { JsonValue } from "@bufbuild/protobuf";
import type { RunEvent } from "./run-event.ts";

/** What is known of a run from its start. */
export interface RunHeader {
  readonly id: string;
  readonly owner: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  /** The spec that this run executes, also when the workflow changes later: a WorkflowSpec as proto JSON. */
  readonly spec: JsonValue;
  /** Hash of the request that started it: distinguishes a repeated request from a reused request id. */
  readonly startedHash: string;
  /** The run that this one repeats. */
  readonly rerunOf?: string | undefined;
}

/** Whether an engine has driven the run. Until then it has no place among the active runs of its owner. */
export function wasTaken({ events }: Pick<RunLog, "events">): boolean {
  return events.some(({ type }) => type === "run_taken");
}

/** The document of a run. Its events beyond the first ones are in the log of the document. */
export interface RunRecord extends RunHeader {
  /** The first events. */
  readonly events: readonly RunEvent[];
  /** How the run ended, without its output; absent until then. */
  readonly end?: Extract<RunEvent, { readonly type: "run_ended" }> | undefined;
  /** Whether all nodes of the run wait and no engine drives it. */
  readonly isParked?: boolean | undefined;
}

/**
 * The recorded events of one run; a run is driven and shown from this alone. Several logs may be open on one run: an append
 * by one of them reaches the others at their next append or refresh.
 */
export interface RunLog {
  readonly header: RunHeader;
  readonly events: readonly RunEvent[];
  readonly hasEnded: boolean;
  /** Whether all its nodes wait and no engine drives it. */
  readonly isParked: boolean;

  /**
   * Appends what `next` makes of the events so far. When another log has appended meanwhile, `next` is asked again, so that
   * it always decides on all events before its own. Adds nothing to a run that has ended. A caller that does not know the
   * outcome may repeat the call: events that were written already are recognised.
   */
  append(next: (events: readonly RunEvent[]) => readonly RunEvent[]): Promise<void>;

  /** Reads what other logs have appended. */
  refresh(): Promise<void>;
}
