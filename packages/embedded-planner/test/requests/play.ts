import type { WorkflowSpec } from "@agent-team/contracts";
import type { OpenRequest } from "../../src/index.ts";
import { sketch } from "../../src/testing/index.ts";
import { type Planned, planned } from "../plan.ts";

/** The result of the last turn of a dialogue. */
export interface Played {
  readonly outcome: "workflow" | "question" | "answer";
  /** The sketch of the last draft, one line per node; empty without a draft. */
  readonly draft: readonly string[];
  /** The last answer. */
  readonly text: string;
}

/** Plays a conversation as the agent would: each turn knows the question that is open and whether there is a draft. */
export function play(turns: readonly string[]): Played {
  let open: OpenRequest | undefined;
  let draft: WorkflowSpec | undefined;
  let source: OpenRequest | undefined;
  let last: Planned | undefined;
  for (const message of turns) {
    last = planned({ message, open, draft: source, hasDraft: draft !== undefined });
    open = last.open;
    draft = last.spec ?? draft;
    source = last.source ?? source;
  }
  return {
    outcome: last?.spec !== undefined ? "workflow" : open === undefined ? "answer" : "question",
    draft: draft === undefined ? [] : sketch(draft),
    text: last?.text ?? "",
  };
}
