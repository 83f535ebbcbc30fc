/** A turn as its events tell it. In: one event after another. Out: the text so far, the stage, questions, the draft and the end. */

import type { Issue, Question, TurnFailure, TurnMessage, WorkflowSpec } from "../api/types.ts";

export interface Proposal {
  readonly spec: WorkflowSpec;
  readonly issues: readonly Issue[];
  readonly notUnderstood: readonly string[];
}

type TurnEnd =
  | { readonly kind: "completed" }
  | { readonly kind: "stopped" }
  | { readonly kind: "failed"; readonly failure: TurnFailure };

export interface Turn {
  readonly pieces: readonly { readonly sequence: number; readonly text: string }[];
  readonly stage: string;
  readonly questions: readonly Question[];
  readonly proposal: Proposal | undefined;
  /** How often another agent has gone on with the turn. */
  readonly takeovers: number;
  /** Of the last event's writer: its number grows with each agent that takes over. */
  readonly fence: string;
  readonly end: TurnEnd | undefined;
}

export const NEW_TURN: Turn = {
  pieces: [],
  stage: "",
  questions: [],
  proposal: undefined,
  takeovers: 0,
  fence: "",
  end: undefined,
};

export function textOf({ pieces }: Turn): string {
  return pieces.map(({ text }) => text).join("");
}

export function isLastOfTurn({ turn_completed, turn_failed }: TurnMessage): boolean {
  return turn_completed !== undefined || turn_failed !== undefined;
}

export function reduceTurn(turn: Turn, message: TurnMessage): Turn {
  const { output_truncated, stage_changed, clarification_asked, workflow_proposed } = message;
  const next = { ...withText(turn, message), ...takeoverOf(turn, writerOf(message)) };
  if (output_truncated !== undefined) return withdraw(next, output_truncated.keep_through_sequence ?? 0);
  if (stage_changed !== undefined) return { ...next, stage: stage_changed.stage ?? "" };
  if (clarification_asked !== undefined) return { ...next, questions: clarification_asked.questions ?? [] };
  if (workflow_proposed !== undefined) return { ...next, proposal: toProposal(workflow_proposed) };
  return withEnd(next, message);
}

function withText(turn: Turn, { message = "", sequence = 0 }: TurnMessage): Turn {
  return message === "" ? turn : { ...turn, pieces: [...turn.pieces, { sequence, text: message }] };
}

/** The fence of an event that is not stored is that of an earlier one. */
function writerOf({ sequence = 0, fence = "", output_truncated }: TurnMessage): string {
  return sequence === 0 && output_truncated !== undefined ? "" : fence;
}

function takeoverOf({ fence, takeovers }: Turn, next: string): Pick<Turn, "fence" | "takeovers"> {
  if (next === "" || next === fence) return { fence, takeovers };
  return { fence: next, takeovers: fence === "" ? takeovers : takeovers + 1 };
}

/** The text after the sequence is void, and comes again. */
function withdraw(turn: Turn, keepThrough: number): Turn {
  return {
    ...turn,
    pieces: turn.pieces.filter(({ sequence }) => sequence <= keepThrough),
    questions: [],
    proposal: undefined,
  };
}

function toProposal({
  spec = {},
  issues = [],
  not_understood = [],
}: NonNullable<TurnMessage["workflow_proposed"]>): Proposal {
  return { spec, issues, notUnderstood: not_understood };
}

function withEnd(turn: Turn, { turn_completed, turn_failed }: TurnMessage): Turn {
  if (turn_completed !== undefined) {
    // A reader that came late has not seen every change of the fence.
    const takeovers = Math.max(turn.takeovers, turn_completed.usage?.takeovers ?? 0);
    return { ...turn, takeovers, end: { kind: "completed" } };
  }
  if (turn_failed === undefined) return turn;
  return {
    ...turn,
    end: turn_failed.code === "CANCELLED" ? { kind: "stopped" } : { kind: "failed", failure: turn_failed },
  };
}
