import type { Run, Workflow, WorkflowSpec } from "@agent-team/contracts";
import type { Identity } from "@agent-team/grpc-server";

/**
 * The engine's workflows, for one turn and on behalf of its caller. A turn that another agent repeats gets the same results and
 * stores and starts nothing twice. Each method rejects with the ConnectError of the engine.
 */
export interface Workflows {
  /** Stores a spec. `isAnother`: as another workflow, even if this caller has stored this draft before. */
  create(spec: WorkflowSpec, isAnother?: boolean): Promise<Workflow>;
  /** `undefined`: it does not exist, or belongs to another owner. */
  read(workflowId: string): Promise<Workflow | undefined>;
  /** Stores a spec in the place of `version`. `undefined`: the workflow has another version by now, or does not exist. */
  replace(workflowId: string, spec: WorkflowSpec, version: number): Promise<Workflow | undefined>;
  /** Starts a run; in one turn only one. */
  run(workflowId: string): Promise<Run>;
  setActive(workflowId: string, active: boolean): Promise<Workflow>;
}

/** The turn on whose behalf the engine is asked. */
interface OrderingTurn {
  readonly id: string;
  readonly caller: Identity;
  readonly signal: AbortSignal;
}

export type OpenWorkflows = (turn: OrderingTurn) => Workflows;
