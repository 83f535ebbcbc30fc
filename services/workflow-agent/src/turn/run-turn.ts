import { Stage } from "@agent-team/contracts";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { TurnOutcome } from "../conversation/conversation.ts";
import type { PlanInput, Planner, PlannerEvent } from "../planner.ts";
import type { Validate } from "../validate.ts";
import { describeWarnings } from "./describe-warnings.ts";
import type { Turn } from "./turn.ts";
import { clarificationAsked, completed, stageChanged, started, type TurnEvent } from "./turn-event.ts";

export interface RunTurnOptions {
  readonly planner: Planner;
  readonly validate: Validate;
  readonly clock: Clock;
  /** Pause before each piece of text, for demos. 0 sets no timer. */
  readonly paceMs: number;
}

/** Stores the outcome. Awaited before the event that the turn completed. */
export type Commit = (outcome: TurnOutcome) => Promise<void>;

/**
 * Runs one turn: converts the planner's events into the turn's, lets the engine validate a draft, and commits the outcome
 * before the last event.
 *
 *   UNDERSTANDING ─┬─► CLARIFYING ──────────────┬─► COMPLETED
 *                  ├─► PLANNING ──► VALIDATING ─┤
 *                  └────── (nothing to draft) ──┘
 */
export async function* runTurn(
  turn: Turn,
  input: PlanInput,
  commit: Commit,
  options: RunTurnOptions,
): AsyncGenerator<TurnEvent> {
  const outcome = new Outcome();
  yield started(turn.conversationId, options.planner.name, turn.deadlineMs);
  yield stageChanged(Stage.UNDERSTANDING);
  for await (const event of options.planner.plan(input, { signal: turn.signal })) {
    turn.signal.throwIfAborted();
    outcome.addPlanned(event);
    for await (const turnEvent of toTurnEvents(event, turn, options)) {
      outcome.addText(turnEvent);
      yield turnEvent;
    }
  }
  await commit(outcome);
  yield stageChanged(Stage.COMPLETED);
  yield completed;
}

async function* toTurnEvents(
  event: PlannerEvent,
  { caller, signal }: Turn,
  options: RunTurnOptions,
): AsyncGenerator<TurnEvent> {
  switch (event.kind) {
    case "stage":
      yield stageChanged(event.stage === "clarifying" ? Stage.CLARIFYING : Stage.PLANNING, event.detail);
      return;
    case "text":
      if (options.paceMs > 0) await pause(options, signal);
      yield { message: event.text };
      return;
    case "questions":
      yield clarificationAsked(event.questions);
      return;
    case "start-again":
      return;
    case "draft": {
      yield stageChanged(Stage.VALIDATING);
      const issues = await options.validate(event.spec, caller, signal);
      const notUnderstood = [...event.notUnderstood];
      const limits = describeWarnings(event.spec, issues);
      if (limits !== "") yield { message: limits };
      yield { event: { case: "workflowProposed", value: { spec: event.spec, issues: [...issues], notUnderstood } } };
      return;
    }
    default:
      event satisfies never;
  }
}

/** Collects the outcome from the planner's events and the turn's text. */
class Outcome implements TurnOutcome {
  text = "";
  draft: TurnOutcome["draft"];
  open: TurnOutcome["open"];
  startsAgain = false;

  addPlanned(event: PlannerEvent): void {
    if (event.kind === "draft") this.draft = { spec: event.spec, source: event.source };
    if (event.kind === "start-again") this.startsAgain = true;
    if (event.kind === "questions") this.open = { request: event.open, questions: event.questions };
  }

  addText({ message = "" }: TurnEvent): void {
    this.text += message;
  }
}

/** Resolves early, without an error, if the turn is stopped: the next step checks the signal. */
function pause({ clock, paceMs }: RunTurnOptions, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    let timer: Timer | undefined;
    const end = (): void => {
      timer?.cancel();
      signal.removeEventListener("abort", end);
      resolve();
    };
    timer = clock.setTimer(paceMs, end);
    signal.addEventListener("abort", end);
  });
}
