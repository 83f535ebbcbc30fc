import { Stage } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { Identity } from "@agent-team/grpc-server";
import type { ModelUsage } from "@agent-team/language-models";
import type { ReadCatalogue } from "../catalogue.ts";
import type { TurnOutcome } from "../conversation/conversation.ts";
import type { PlanContext, PlanInput, Planner, PlannerEvent, ProposedDraft } from "../planner.ts";
import type { Validate } from "../validate.ts";
import type { OpenWorkflows } from "../workflows.ts";
import { describeWarnings } from "./describe-warnings.ts";
import { pause } from "./pause.ts";
import type { Progress } from "./progress.ts";
import { clarificationAsked, completed, stageChanged, started, type TurnEvent } from "./turn-event.ts";

export interface RunTurnOptions {
  readonly planner: Planner;
  readonly validate: Validate;
  readonly catalogue: ReadCatalogue;
  readonly openWorkflows: OpenWorkflows;
  readonly clock: Clock;
  /** Pause before each piece of text, for demos; none before the first one of an agent that takes over. 0 sets no timer. */
  readonly paceMs: number;
}

/** The turn that runs. */
export interface RunningTurn {
  readonly id: string;
  readonly conversationId: string;
  readonly caller: Identity;
  readonly deadlineMs: number;
  readonly input: PlanInput;
  /** What an agent before this one has done. */
  readonly done: Progress;
  readonly takeovers: number;
  readonly signal: AbortSignal;
  /** Stores the outcome. Awaited before the event that the turn completed. */
  readonly commit: (outcome: TurnOutcome) => Promise<void>;
}

const STAGES = {
  clarifying: Stage.CLARIFYING,
  planning: Stage.PLANNING,
  validating: Stage.VALIDATING,
  repairing: Stage.REPAIRING,
} as const;

const NO_USAGE: ModelUsage = { inputTokens: 0, outputTokens: 0, modelCalls: 0 };

/** Events that are stored together, so that none of them is lost without the others. */
export interface Piece {
  readonly step: number;
  /** The last of the events ends the step: another agent does not run it again. */
  readonly endsStep: boolean;
  readonly events: readonly TurnEvent[];
}

/**
 * Runs one turn from where `done` says, behind its `beginning`: converts the planner's events into the turn's, lets the engine validate a draft, and
 * commits the outcome before the last event.
 *
 *   UNDERSTANDING ─┬─► CLARIFYING ──────────────┬─► COMPLETED
 *                  ├─► PLANNING ──► VALIDATING ─┤
 *                  │                 ▲      ▼   │
 *                  │                REPAIRING   │
 *                  └────── (nothing to draft) ──┘
 *
 * The planner plans again from the beginning. Events of steps that are finished are not yielded again, and a step that was
 * broken off yields the events that it has not yielded.
 */
export async function* runTurn(turn: RunningTurn, options: RunTurnOptions): AsyncGenerator<Piece> {
  const { done, signal } = turn;
  const context = planContext(turn, options);
  const outcome = new Outcome(done.text);
  // The text has paused while this agent took the turn.
  let paceMs = turn.takeovers > 0 ? 0 : options.paceMs;
  let step = 0;
  for await (const event of options.planner.plan(turn.input, context)) {
    signal.throwIfAborted();
    step += 1;
    outcome.addPlanned(event);
    if (step < done.step) continue;
    for await (const piece of unsent(toPieces(event, context, { clock: options.clock, paceMs }), step, done)) {
      outcome.addText(piece.events);
      yield piece;
      paceMs = options.paceMs;
    }
  }
  await turn.commit(outcome);
  yield ending(step + 1, turn.takeovers, outcome.usage);
}

function planContext(turn: RunningTurn, { validate, catalogue, openWorkflows }: RunTurnOptions): PlanContext {
  const { caller, signal } = turn;
  return {
    signal,
    check: (spec) => validate(spec, caller, signal),
    catalogue: () => catalogue(caller, signal),
    workflows: openWorkflows(turn),
  };
}

/** The last events of a turn whose answer is stored. */
export function ending(step: number, takeovers: number, usage: ModelUsage = NO_USAGE): Piece {
  return { step, endsStep: true, events: [stageChanged(Stage.COMPLETED), completed(usage, takeovers)] };
}

/** The first events of a turn, which need nothing of its conversation. In one piece: an agent that takes over finds both or none. */
export function beginning(conversationId: string, deadlineMs: number, planner: string): Piece {
  const events = [started(conversationId, planner, deadlineMs), stageChanged(Stage.UNDERSTANDING)];
  return { step: 0, endsStep: true, events };
}

/** The pieces of a step that are not stored. The agent that broke it off has stored whole pieces, and the last one ends the step. */
async function* unsent(
  pieces: AsyncIterable<Omit<Piece, "step">>,
  step: number,
  done: Progress,
): AsyncGenerator<Piece> {
  let stored = step === done.step ? done.events : 0;
  for await (const piece of pieces) {
    if (stored > 0) stored -= piece.events.length;
    else yield { ...piece, step };
  }
}

async function* toPieces(
  event: PlannerEvent,
  context: PlanContext,
  { clock, paceMs }: Pick<RunTurnOptions, "clock" | "paceMs">,
): AsyncGenerator<Omit<Piece, "step">> {
  switch (event.kind) {
    case "stage":
      yield last(stageChanged(STAGES[event.stage], event.detail));
      return;
    case "text":
      if (paceMs > 0) await pause(clock, paceMs, context.signal);
      yield last({ message: event.text });
      return;
    case "questions":
      yield last(clarificationAsked(event.questions));
      return;
    case "saved":
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

async function* propose(draft: ProposedDraft, { check }: PlanContext): AsyncGenerator<Omit<Piece, "step">> {
  const { spec, repairRounds = 0 } = draft;
  if (draft.issues === undefined) yield { endsStep: false, events: [stageChanged(Stage.VALIDATING)] };
  const issues = [...(draft.issues ?? (await check(spec)))];
  const limits = describeWarnings(spec, issues);
  const notUnderstood = [...draft.notUnderstood];
  const proposed: TurnEvent = {
    event: { case: "workflowProposed", value: { spec, issues, notUnderstood, repairRounds } },
  };
  // In one piece: another agent may get other warnings of the engine.
  yield limits === "" ? last(proposed) : last({ message: limits }, proposed);
}

function last(...events: readonly TurnEvent[]): Omit<Piece, "step"> {
  return { endsStep: true, events };
}

/** Collects the outcome from the planner's events and the turn's text. */
class Outcome implements TurnOutcome {
  text: string;
  draft: TurnOutcome["draft"];
  open: TurnOutcome["open"];
  saved: TurnOutcome["saved"];
  startsAgain = false;
  usage = NO_USAGE;

  constructor(text: string) {
    this.text = text;
  }

  addPlanned(event: PlannerEvent): void {
    if (event.kind === "usage") this.usage = sumOf(this.usage, event);
    if (event.kind === "draft") this.draft = { spec: event.spec, source: event.source };
    if (event.kind === "saved") this.saved = { workflowId: event.workflowId, version: event.version };
    if (event.kind === "start-again") this.startsAgain = true;
    if (event.kind === "questions") this.open = { request: event.open, questions: event.questions };
  }

  addText(events: readonly TurnEvent[]): void {
    for (const { message = "" } of events) this.text += message;
  }
}

function sumOf(a: ModelUsage, b: ModelUsage): ModelUsage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    modelCalls: a.modelCalls + b.modelCalls,
  };
}
