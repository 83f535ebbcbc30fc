import type { Question, WorkflowSpec } from "@agent-team/contracts";

/**
 * What turns a conversation into a workflow. A planner is handed text and answers with events; it stores nothing,
 * calls no engine and numbers no events: the turn does that.
 */
export interface Planner {
  /** Name with version, for instance "embedded/1". It is told in turn_started: other version, other output. */
  readonly name: string;
  /**
   * How another instance goes on with a half-told plan: `recompute` the same events from the same input,
   * `reattach` to the provider's own stream, or `restart` the step.
   */
  readonly continuation: "recompute" | "reattach" | "restart";
  /** Plans one turn. Ends early when `context.signal` aborts. */
  plan(input: PlanInput, context: PlanContext): AsyncIterable<PlannerEvent> | Iterable<PlannerEvent>;
}

/** Everything a plan may depend on. */
export interface PlanInput {
  /** Earlier messages, oldest first, without this turn's. */
  readonly history: readonly SaidMessage[];
  /** What the person wrote now. */
  readonly message: string;
  /** The request whose question waits for an answer; absent when none does. */
  readonly open?: OpenRequest | undefined;
  /** The conversation already holds a draft. */
  readonly hasDraft?: boolean | undefined;
  /** Named where the person is told how to store the draft. */
  readonly conversationId?: string | undefined;
}

interface SaidMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

interface PlanContext {
  readonly signal: AbortSignal;
}

/**
 * A request that cannot be drafted before a question is answered. Plain text, so that any instance goes on with it:
 * the request is read anew and the answers fill its holes in the order in which they were asked for.
 */
export interface OpenRequest {
  readonly request: string;
  readonly answers: readonly string[];
}

export type PlannerEvent =
  | { readonly kind: "stage"; readonly stage: "clarifying" | "planning"; readonly detail: string }
  /** Text to append to the assistant's answer. */
  | { readonly kind: "text"; readonly text: string }
  /** The plan ends here; `open` comes back with the person's answer. */
  | { readonly kind: "questions"; readonly questions: readonly Question[]; readonly open: OpenRequest }
  | { readonly kind: "draft"; readonly spec: WorkflowSpec; readonly notUnderstood: readonly string[] };
