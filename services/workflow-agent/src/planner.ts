import type { NodeTypeInfo, Question, ValidationIssue, WorkflowSpec } from "@agent-team/contracts";
import type { ModelUsage } from "@agent-team/language-models";
import type { Workflows } from "./workflows.ts";

/**
 * Turns a conversation into a workflow. A planner receives text and yields events. It stores nothing and does not number
 * events: the turn does. It knows no caller: what it asks of the engine, the turn asks on behalf of its caller.
 */
export interface Planner {
  /** Name with version, for instance "embedded/3". Stands in turn_started: another version may give other events. */
  readonly name: string;
  /**
   * How another instance continues a plan that stopped half-way: `recompute` the same events from the same input,
   * `reattach` to the provider's own stream, or `restart` the step.
   */
  readonly continuation: "recompute" | "reattach" | "restart";
  /** Whether this input gives other events each time, although `continuation` is `recompute`. Default: no input does. */
  readonly restarts?: ((input: PlanInput) => boolean) | undefined;
  /** Plans one turn. Ends early when `context.signal` aborts. */
  plan(input: PlanInput, context: PlanContext): AsyncIterable<PlannerEvent> | Iterable<PlannerEvent>;
}

/** Everything that a plan may depend on. */
export interface PlanInput {
  /** Earlier messages, oldest first, without the message of this turn. */
  readonly history: readonly PastMessage[];
  /** The person's message. */
  readonly message: string;
  /** The request with an open question; absent without an open question. */
  readonly open?: OpenRequest | undefined;
  /** The questions of `open`. */
  readonly questions?: readonly Question[] | undefined;
  /** What `draft` yielded as `source` with the current draft; absent without one. */
  readonly draft?: OpenRequest | undefined;
  /** The current draft, of any planner; absent without one. */
  readonly draftSpec?: WorkflowSpec | undefined;
  /** What `saved` yielded, if this draft or an earlier form of it is stored. */
  readonly saved?: SavedDraft | undefined;
}

/** The workflow as which a draft was stored. */
export interface SavedDraft {
  readonly workflowId: string;
  /** The version that the person knows of. */
  readonly version: number;
}

interface PastMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

export interface PlanContext {
  readonly signal: AbortSignal;
  /**
   * The engine's issues with a spec, for planners that can repair it. If the engine does not answer, one warning
   * NOT_VALIDATED. Rejects only if `signal` aborts.
   */
  readonly check: (spec: WorkflowSpec) => Promise<readonly ValidationIssue[]>;
  /** The kinds of node that the engine knows; undefined if it does not answer. Rejects only if `signal` aborts. */
  readonly catalogue: () => Promise<readonly NodeTypeInfo[] | undefined>;
  /** The engine's workflows, for orders of the person. */
  readonly workflows: Workflows;
}

/**
 * A request and the later messages about it, in order. It is plain text, so that any instance can continue: the planner
 * reads the request again; each later message answers the question that is open at its place, or else changes the draft.
 */
export interface OpenRequest {
  readonly request: string;
  readonly answers: readonly string[];
}

type PlannerStage = "clarifying" | "planning" | "validating" | "repairing";

export type PlannerEvent =
  | { readonly kind: "stage"; readonly stage: PlannerStage; readonly detail: string }
  /** Text to append to the assistant's answer. */
  | { readonly kind: "text"; readonly text: string }
  /** The plan ends here; `open` comes back with the person's answer. */
  | { readonly kind: "questions"; readonly questions: readonly Question[]; readonly open: OpenRequest }
  | ProposedDraft
  /** The conversation has no draft any more. */
  | { readonly kind: "start-again" }
  /** The draft is stored. */
  | ({ readonly kind: "saved" } & SavedDraft)
  /** The cost of one request to a model. A plan may have several; the turn adds them up. */
  | ({ readonly kind: "usage" } & ModelUsage);

export interface ProposedDraft {
  readonly kind: "draft";
  readonly spec: WorkflowSpec;
  readonly notUnderstood: readonly string[];
  /** Comes back as `draft` with the next message, so that it can change the draft. */
  readonly source?: OpenRequest | undefined;
  /** What `check` has found in this spec. Absent: the turn asks the engine. */
  readonly issues?: readonly ValidationIssue[] | undefined;
  /** How often the planner has corrected the draft. Default 0. */
  readonly repairRounds?: number | undefined;
}
