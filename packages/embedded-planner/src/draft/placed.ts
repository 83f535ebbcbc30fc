import type { Policy, Scope, Step } from "../program.ts";
import type { End } from "./position.ts";

/** One node at its place in the graph. */
export interface Placed {
  readonly id: string;
  readonly step: Step;
  /** The values that its expressions can use. */
  readonly scope: Scope;
  /** The outputs that lead to it; empty for the trigger. */
  readonly from: readonly End[];
  /** Index of its item in the program; absent for the trigger and for a MERGE. */
  readonly item?: number | undefined;
  /** Words that say in which case it happens, before its sentence; empty in the main case. */
  readonly lead: string;
  readonly policy?: Policy | undefined;
  /** If it fails, the run continues at its output "error". */
  readonly continuesOnError: boolean;
  /** The reason why it cannot be drafted here; absent if it can. */
  readonly why?: string | undefined;
}
