import type { WorkflowSpec } from "@agent-team/contracts";
import type { OpenRequest } from "../../src/index.ts";
import { sketch } from "../../src/testing/index.ts";
import { type Planned, planned } from "../plan.ts";

/** What the last turn of a dialogue led to. */
export interface Played {
  readonly outcome: "workflow" | "question" | "answer";
  /** Of the draft that the conversation holds at its end, one node each; empty when it holds none. */
  readonly draft: readonly string[];
  /** What the agent said last. */
  readonly text: string;
}

/** Plays a conversation as the agent would: each turn knows the question that is open and whether there is a draft. */
export function play(turns: readonly string[]): Played {
  let open: OpenRequest | undefined;
  let draft: WorkflowSpec | undefined;
  let last: Planned | undefined;
  for (const message of turns) {
    last = planned({ message, open, hasDraft: draft !== undefined });
    open = last.open;
    draft = last.spec ?? draft;
  }
  return {
    outcome: last?.spec !== undefined ? "workflow" : open === undefined ? "answer" : "question",
    draft: draft === undefined ? [] : sketch(draft),
    text: last?.text ?? "",
  };
}
