import type { JsonValue } from "@bufbuild/protobuf";
import type { RunEvent } from "../run/events.ts";

/** What is known about a run from its first moment. */
export interface RunHeader {
  readonly id: string;
  readonly owner: string;
  readonly workflowId: string;
  readonly workflowVersion: number;
  /** The spec that this run runs, whatever becomes of the workflow meanwhile: a WorkflowSpec as proto JSON. */
  readonly spec: JsonValue;
  /** Hash of what it was started with: tells a repeated request from a reused request id. */
  readonly startedHash: string;
}

/** A run as it is kept: one document. */
export interface RunRecord extends RunHeader {
  readonly events: readonly RunEvent[];
}
