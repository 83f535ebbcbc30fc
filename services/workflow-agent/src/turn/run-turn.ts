import { Stage } from "@agent-team/contracts";
import { type Clock, type Timer } from "@agent-team/grpc-client";
import type { TurnOutcome } from "../conversation/conversation.ts";
import type { PlanInput, Planner, PlannerEvent } from "../planner.ts";
import type { Validate } from "../validate.ts";
import { sayLimits } from "./say-limits.ts";
import type { Turn } from "./turn.ts";
import { clarificationAsked, completed, stageChanged, started, type TurnEvent } from "./turn-event.ts";

export interface RunTurnOptions {
  readonly planner: Planner;
  readonly validate: Validate;
  readonly clock: Clock;
  /** Pause before each piece of text, for demos. 0 sets no timer. */
  readonly paceMs: number;
}

/** Remembers what the turn leaves behind. Awaited before the turn says that it completed. */
export type Commit = (outcome: TurnOutcome) => Promise<void>;

/**
 * The road of one turn: the planner's events become the turn's, a draft is shown to the engine on the way, and what is
 * to be remembered is committed before the last event.
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
    outcome.learn(event);
    for await (const told of tell(event, turn, options)) {
      outcome.hear(told);
      yield told;
    }
  }
  await commit(outcome);
  yield stageChanged(Stage.COMPLETED);
  yield completed;
}

async function* tell(
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
    case "draft": {
      yield stageChanged(Stage.VALIDATING);
      const issues = await options.validate(event.spec, caller, signal);
      const notUnderstood = [...event.notUnderstood];
      const limits = sayLimits(event.spec, issues);
      if (limits !== "") yield { message: limits };
      yield { event: { case: "workflowProposed", value: { spec: event.spec, issues: [...issues], notUnderstood } } };
      return;
    }
    default:
      event satisfies never;
  }
}

/** What the planner's events and the turn's add up to. */
class Outcome implements TurnOutcome {
  text = "";
  draft: TurnOutcome["draft"];
  open: TurnOutcome["open"];

  learn(event: PlannerEvent): void {
    if (event.kind === "draft") this.draft = event.spec;
    if (event.kind === "questions") this.open = { request: event.open, questions: event.questions };
  }

  hear({ message = "" }: TurnEvent): void {
    this.text += message;
  }
}

/** Ends early, without an error, when the turn is stopped: what follows notices. */
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
