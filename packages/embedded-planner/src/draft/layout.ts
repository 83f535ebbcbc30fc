import type { BranchItem, Condition, DecisionOutput, Program, Step, StepItem } from "../program.ts";
import { branchStep, MERGE } from "../steps/branch.ts";
import { forEach } from "../steps/for-each.ts";
import { whyNoField, whyNoStatus } from "./comparable.ts";
import { NodeIds } from "./node-ids.ts";
import type { Placed } from "./placed.ts";
import { behind, behindFailure, type End, onlyBehind, type Position, scopeAt } from "./position.ts";

/** A case that the next nodes belong to. */
interface Frame {
  /** Where the case began. */
  readonly start: Position;
  /** The outputs of the other case, as long as it has no node. */
  opposite: readonly End[];
  /** Its case is the failure of a step; `start` is where the run goes on without it. */
  readonly isFailure?: boolean | undefined;
}

/** The state outside of the loop. */
interface Loop {
  readonly node: string;
  readonly noun: string;
  /** Number of frames outside. */
  readonly frames: number;
  readonly closed: readonly End[];
}

/**
 * Gives each step of a program its id, its place and its scope, in reading order. Every edge begins at an earlier node, so
 * the graph has no cycle.
 */
export function layOut(program: Program): readonly Placed[] {
  const walk = new Walk();
  walk.place(program.trigger, undefined);
  program.items.forEach((item, index) => {
    switch (item.kind) {
      case "step":
        return walk.place(item.step, index, item);
      case "if":
        return walk.branch(item, index);
      case "decision":
        return walk.decide(item.output);
      case "otherwise":
        return walk.otherwise();
      case "join":
        return walk.join();
      case "failure":
        return walk.fail();
      case "each":
        return walk.each(item.noun, index);
      case "after-each":
        return walk.leaveLoop();
      default:
        return item satisfies never;
    }
  });
  return walk.placed;
}

class Walk {
  readonly placed: Placed[] = [];
  readonly #ids = new NodeIds();
  #position: Position = { at: [] };
  /** The cases in which the next node is, the innermost last. */
  readonly #frames: Frame[] = [];
  /** The last outputs of finished branches. */
  #closed: readonly End[] = [];
  #loop: Loop | undefined;
  #approval: string | undefined;
  /** Of the next node. */
  #lead = "";
  #why: string | undefined;

  place(step: Step, item: number | undefined, { isCaught = false, policy }: Partial<StepItem> = {}): string {
    const id = this.#ids.next(step.name, step.subtype);
    this.placed.push({
      id,
      step,
      scope: scopeAt(this.#position, this.placed[0]?.id),
      from: this.#position.at,
      item,
      lead: this.#lead === "" && this.#loop !== undefined ? `For each ${this.#loop.noun}: ` : this.#lead,
      policy,
      continuesOnError: isCaught,
      why: this.#why,
    });
    this.#lead = "";
    this.#why = undefined;
    if (step.subtype === "APPROVAL") this.#approval = id;
    this.#position = behind(this.#position, id, step);
    return id;
  }

  branch(item: BranchItem, index: number): void {
    if (!item.nested) this.#back();
    const { condition, negated } = item;
    const isOfResponse = condition.status !== undefined && this.#position.response !== undefined;
    if (isOfResponse) this.#catchFailure(condition);
    else this.#why = whyNoField(condition, this.#stepOf(this.#position.it?.node));
    const before = this.#position;
    const node = this.place(branchStep(item, isOfResponse), index);
    // The request may have failed, so "it" has no meaning in either case.
    const start = isOfResponse ? { ...before, it: undefined } : before;
    this.#position = { ...start, at: [{ node, output: negated ? "false" : "true" }] };
    this.#frames.push({ start, opposite: [{ node, output: negated ? "true" : "false" }] });
  }

  /** The branch follows the request's output "error", too. There it has no status, and "is not 200" is true. */
  #catchFailure(condition: Condition): void {
    const last = this.placed.at(-1);
    if (last === undefined) return;
    const { at, response } = this.#position;
    this.#why = whyNoStatus(condition, last, response?.node === last.id && at[0]?.node === last.id);
    if (this.#why !== undefined) return;
    this.placed[this.placed.length - 1] = { ...last, continuesOnError: true };
    this.#position = { ...this.#position, at: [...at, { node: last.id, output: "error" }] };
  }

  #stepOf(node: string | undefined): Step | undefined {
    return this.placed.find(({ id }) => id === node)?.step;
  }

  /** The next nodes follow one answer to the last approval. */
  decide(output: DecisionOutput): void {
    const node = this.#approval;
    if (node === undefined) return;
    const opposite = [{ node, output: output === "approved" ? "rejected" : "approved" }];
    this.#position = { ...this.#position, at: [{ node, output }] };
    this.#frames.push({ start: this.#position, opposite });
  }

  /** The next nodes follow the failure of the last step that is caught. */
  fail(): void {
    const caught = this.placed.findLast(({ continuesOnError }) => continuesOnError);
    if (caught === undefined) return;
    this.#frames.push({ start: this.#position, opposite: this.#position.at, isFailure: true });
    this.#position = behindFailure(caught.id);
    this.#lead = `If "${caught.step.name}" fails: `;
  }

  each(noun: string, index: number): void {
    const outside = { frames: this.#frames.length, closed: this.#closed };
    const node = this.place(forEach(noun), index);
    this.#loop = { node, noun, ...outside };
    this.#closed = [];
    this.#position = onlyBehind(node, "item");
  }

  /** Goes on after the loop, with the list of its results. */
  leaveLoop(): void {
    if (this.#loop === undefined) return;
    const { node, frames, closed } = this.#loop;
    this.#loop = undefined;
    this.#frames.length = frames;
    this.#closed = closed;
    this.#position = onlyBehind(node, "result");
  }

  /** A case that was opened before the loop ends it. */
  #leaveLoopOf(frame: number): void {
    if (this.#loop !== undefined && frame < this.#loop.frames) this.leaveLoop();
  }

  otherwise(): void {
    const open = this.#frames.findLastIndex(({ opposite }) => opposite.length > 0);
    this.#leaveLoopOf(open);
    // The innermost branch without a node in its other case.
    while (this.#frames.at(-1)?.opposite.length === 0) this.#frames.pop();
    const frame = this.#frames.at(-1);
    const rejected = this.#approval === undefined ? undefined : [{ node: this.#approval, output: "rejected" }];
    const at = frame?.opposite ?? rejected;
    // Every case has its nodes: the next step follows the last one.
    if (at === undefined) return;
    this.#closed = [...this.#closed, ...this.#position.at];
    this.#position = { ...(frame?.start ?? this.#position), at };
    if (frame !== undefined) frame.opposite = [];
    this.#lead = frame?.isFailure === true ? "If it does not fail: " : "Otherwise: ";
  }

  /** The next nodes follow each case. */
  join(): void {
    this.#leaveLoopOf(0);
    const first = this.#frames[0]?.start;
    // After a failure "it" may have no value.
    const hasFailure = this.#frames.some(({ isFailure }) => isFailure === true);
    const at = [...this.#closed, ...this.#position.at, ...this.#frames.flatMap(({ opposite }) => opposite)];
    if (at.length > 1) {
      this.#position = hasFailure ? { at } : { ...first, at };
      this.place(MERGE, undefined);
    }
    this.#frames.length = 0;
    this.#closed = [];
  }

  /** Returns to the beginning of the innermost branch: "if A …, if B …" are two branches after one step. */
  #back(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#closed = [...this.#closed, ...this.#position.at, ...(frame.isFailure === true ? [] : frame.opposite)];
    this.#position = frame.start;
  }
}
