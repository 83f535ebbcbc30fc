import type { Identity } from "@agent-team/grpc-server";
import type { Workflows } from "./planner.ts";

/** The caller and the turn on whose behalf the engine is asked. */
export interface OrderingTurn {
  readonly id: string;
  readonly caller: Identity;
  readonly signal: AbortSignal;
}

/** The engine's workflows for one turn. */
export type OpenWorkflows = (turn: OrderingTurn) => Workflows;
