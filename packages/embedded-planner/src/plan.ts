import type { Question, WorkflowSpec } from "@agent-team/contracts";

/** Everything that a plan depends on. */
export interface PlanInput {
  /** The person's message. */
  readonly message: string;
  /** The request with an open question; absent without an open question. */
  readonly open?: OpenRequest | undefined;
  /** The conversation already holds a draft. Default false. */
  readonly hasDraft?: boolean | undefined;
  /** Stands in the sentence that explains how to store the draft. Default: a placeholder. */
  readonly conversationId?: string | undefined;
}

/**
 * A request that cannot be drafted before a question is answered. It is plain text, so that any instance can continue:
 * the planner reads the request again, and the answers fill its holes in the order of the questions.
 */
export interface OpenRequest {
  readonly request: string;
  readonly answers: readonly string[];
}

/** What one message leads to. `text` is the answer for the person. */
export type Plan =
  /** Neither a draft nor a question: small talk, or a request that cannot be drafted. */
  | { readonly kind: "answer"; readonly text: string }
  /** `text` contains the question; `open` must come back with the person's next message. */
  | { readonly kind: "question"; readonly text: string; readonly question: Question; readonly open: OpenRequest }
  /** `notUnderstood`: the words that the person agreed to leave out. */
  | {
      readonly kind: "draft";
      readonly text: string;
      readonly spec: WorkflowSpec;
      readonly notUnderstood: readonly string[];
    };
