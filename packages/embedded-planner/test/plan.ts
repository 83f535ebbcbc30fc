import type { Question, WorkflowSpec } from "@agent-team/contracts";
import { type OpenRequest, type PlanInput, plan } from "../src/index.ts";

/** A plan, with the fields of every kind side by side. */
export interface Planned {
  readonly text: string;
  readonly spec?: WorkflowSpec | undefined;
  readonly leftOut: readonly string[];
  /** The one question, or none. */
  readonly questions: readonly Question[];
  readonly open?: OpenRequest | undefined;
  /** The source of the draft. */
  readonly source?: OpenRequest | undefined;
}

/** Plans one turn. */
export function planned(input: PlanInput): Planned {
  const result = plan(input);
  const { text } = result;
  switch (result.kind) {
    case "answer":
      return { text, leftOut: [], questions: [] };
    case "question":
      return { text, leftOut: [], questions: [result.question], open: result.open };
    case "draft":
      return { text, leftOut: result.notUnderstood, questions: [], spec: result.spec, source: result.source };
    default:
      return result satisfies never;
  }
}

/** Plays a conversation to its last turn: a message, then the answers to the questions. */
export function converse(message: string, ...answers: readonly string[]): Planned {
  let last = planned({ message });
  for (const answer of answers) last = planned({ message: answer, open: last.open });
  return last;
}
