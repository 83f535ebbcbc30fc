import { Stage } from "@agent-team/contracts";
import type { Clock, Timer } from "@agent-team/foundation/clock";
import type { TurnOutcome } from "../conversation/conversation.ts";
import type { ModelUsage, PlanContext, PlanInput, Planner, PlannerEvent, ProposedDraft } from "../planner.ts";
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

const STAGES = {
  clarifying: Stage.CLARIFYING,
  planning: Stage.PLANNING,
  validating: Stage.VALIDATING,
  repairing: Stage.REPAIRING,
} as const;

/**
 * Runs one turn: converts the planner's events into the turn's, lets the engine validate a draft, and commits the outcome
 * before the last event.
 *
 *   UNDERSTANDING ─┬─► CLARIFYING ──────────────┬─► COMPLETED
 *                  ├─► PLANNING ──► VALIDATING ─┤
 *                  │                 ▲      ▼   │
 *                  │                REPAIRING   │
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
  const context = planContext(turn, options);
  for await (const event of options.planner.plan(input, context)) {
    turn.signal.throwIfAborted();
    outcome.addPlanned(event);
    for await (const turnEvent of toTurnEvents(event, context, options)) {
      outcome.addText(turnEvent);
      yield turnEvent;
    }
  }
  await commit(outcome);
  yield stageChanged(Stage.COMPLETED);
  yield completed(outcome.usage);
}

function planContext({ caller, signal }: Turn, { validate }: RunTurnOptions): PlanContext {
  return { signal, check: (spec) => validate(spec, caller, signal) };
}

async function* toTurnEvents(
  event: PlannerEvent,
  context: PlanContext,
  options: RunTurnOptions,
): AsyncGenerator<TurnEvent> {
  switch (event.kind) {
    case "stage":
      yield stageChanged(STAGES[event.stage], event.detail);
      return;
    case "text":
      if (options.paceMs > 0) await pause(options, context.signal);
      yield { message: event.text };
      return;
    case "questions":
      yield clarificationAsked(event.questions);
      return;
    case "start-again":
    case "usage":
      return;
    case "draft":
      yield* propose(event, context);
      return;
    default:
      event satisfies never;
  }
}

async function* propose(draft: ProposedDraft, { check }: PlanContext): AsyncGenerator<TurnEvent> {
  const { spec, repairRounds = 0 } = draft;
  if (draft.issues === undefined) yield stageChanged(Stage.VALIDATING);
  const issues = [...(draft.issues ?? (await check(spec)))];
  const limits = describeWarnings(spec, issues);
  if (limits !== "") yield { message: limits };
  const notUnderstood = [...draft.notUnderstood];
  yield { event: { case: "workflowProposed", value: { spec, issues, notUnderstood, repairRounds } } };
}

/** Collects the outcome from the planner's events and the turn's text. */
class Outcome implements TurnOutcome {
  text = "";
  draft: TurnOutcome["draft"];
  open: TurnOutcome["open"];
  startsAgain = false;
  usage: ModelUsage = { inputTokens: 0, outputTokens: 0, modelCalls: 0 };

  addPlanned(event: PlannerEvent): void {
    if (event.kind === "usage") this.usage = sumOf(this.usage, event);
    if (event.kind === "draft") this.draft = { spec: event.spec, source: event.source };
    if (event.kind === "start-again") this.startsAgain = true;
    if (event.kind === "questions") this.open = { request: event.open, questions: event.questions };
  }

  addText({ message = "" }: TurnEvent): void {
    this.text += message;
  }
}

function sumOf(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    modelCalls: a.modelCalls + b.modelCalls,
  };
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
