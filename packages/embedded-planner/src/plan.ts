import type { Question, WorkflowSpec } from "@agent-team/contracts";

/** Everything that a plan depends on. */
export interface PlanInput {
  /** The person's message. */
  readonly message: string;
  /** The request with an open question; absent without an open question. */
  readonly open?: OpenRequest | undefined;
  /** The request behind the draft of the conversation, so that the message can change it; absent without one. */
  readonly draft?: OpenRequest | undefined;
  /** The conversation already holds a draft. Default false. */
  readonly hasDraft?: boolean | undefined;
}

/**
 * A request and the later messages about it, in order. It is plain text, so that any instance can continue: the planner
 * reads the request again; each later message answers the question that is open at its place, or else changes the draft.
 */
export interface OpenRequest {
  readonly request: string;
  readonly answers: readonly string[];
}

/** What one message leads to. `text` is the answer for the person. */
export type Plan =
  /**
   * Neither a draft nor a question: small talk, or a request that cannot be drafted. `order`: what the person wants done
   * with the draft; the planner only reads it. `mayMean`: what the person may want done, so that it can be asked.
   */
  | {
      readonly kind: "answer";
      readonly text: string;
      readonly order?: "start-again" | undefined;
      readonly mayMean?: "save" | "run" | undefined;
    }
  /** `text` contains the question; `open` must come back with the person's next message. */
  | { readonly kind: "question"; readonly text: string; readonly question: Question; readonly open: OpenRequest }
  /**
   * `notUnderstood`: the words that the person agreed to leave out. `source` must come back as `draft` with the next
   * message.
   */
  | {
      readonly kind: "draft";
      readonly text: string;
      readonly spec: WorkflowSpec;
      readonly notUnderstood: readonly string[];
      readonly source: OpenRequest;
    };
