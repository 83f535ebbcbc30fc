import { NodeType } from "@agent-team/contracts";
import {
  type BranchItem,
  type Condition,
  type DecisionOutput,
  jsonata,
  type Policy,
  type Program,
  type Scope,
  type Step,
  type StepItem,
} from "../program.ts";
import { forEach } from "../steps/for-each.ts";
import { NodeIds } from "./node-ids.ts";

/** One node at its place in the graph. */
export interface Placed {
  readonly id: string;
  readonly step: Step;
  /** The values that its expressions can use. */
  readonly scope: Scope;
  /** The outputs that lead to it; empty for the trigger. */
  readonly from: readonly End[];
  /** Index of its item in the program; absent for the trigger and for a MERGE. */
  readonly item?: number | undefined;
  /** Words that say in which case it happens, before its sentence; empty in the main case. */
  readonly lead: string;
  readonly policy?: Policy | undefined;
  /** If it fails, the run continues at its output "error". */
  readonly continuesOnError: boolean;
  /** The reason why it cannot be drafted here; absent if it can. */
  readonly why?: string | undefined;
}

/** An output to which the next node may be connected. */
interface End {
  readonly node: string;
  readonly output: string;
}

/** The place of a value: a node, and the path inside its output. */
interface Source {
  readonly node: string;
  readonly path: string;
  /** The error of a step that failed. Only the node right behind can read it, as its input. */
  readonly isError?: boolean | undefined;
}

/** The state at the beginning of a branch, for its other case. */
interface Frame {
  readonly start: readonly End[];
  readonly it: Source | undefined;
  readonly response: Source | undefined;
  /** The output of the other case, as long as it has no node. */
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
  #why: string | undefined;
  readonly #ids = new NodeIds();
  readonly #frames: Frame[] = [];
  #at: readonly End[] = [];
  #it: Source | undefined;
  #response: Source | undefined;
  #approval: string | undefined;
  /** The last outputs of finished branches. */
  #closed: End[] = [];
  #lead = "";
  #loop: Loop | undefined;

  place(step: Step, item: number | undefined, { isCaught = false, policy }: Partial<StepItem> = {}): string {
    const id = this.#ids.next(step.name, step.subtype);
    this.placed.push({
      id,
      step,
      scope: this.#scope(),
      from: this.#at,
      item,
      lead: this.#lead === "" && this.#loop !== undefined ? `For each ${this.#loop.noun}: ` : this.#lead,
      policy,
      continuesOnError: isCaught,
      why: this.#why,
    });
    this.#lead = "";
    this.#why = undefined;
    this.#learn(id, step);
    if (step.subtype === "APPROVAL") this.#approval = id;
    this.#at = [{ node: id, output: step.subtype === "APPROVAL" ? "approved" : "result" }];
    return id;
  }

  /** Updates the meaning of "it" and "status" for the steps after this one. */
  #learn(node: string, step: Step): void {
    const isRequest = step.subtype === "HTTP_REQUEST";
    if (isRequest) this.#response = { node, path: "" };
    if (step.yields === "output") this.#it = { node, path: "" };
    // A request without a body yields its response, like a request that fetches.
    if (step.yields === "body" || (isRequest && this.#it === undefined)) this.#it = { node, path: ".body" };
  }

  branch(item: BranchItem, index: number): void {
    if (!item.nested) this.#back();
    const isOfResponse = item.condition.status !== undefined && this.#response !== undefined;
    if (isOfResponse) this.#catchFailure(item.condition);
    else this.#checkFields(item.condition);
    const frame = { start: this.#at, it: this.#it, response: this.#response };
    const node = this.place(branchStep(item, isOfResponse), index);
    this.#at = [{ node, output: item.negated ? "false" : "true" }];
    // The request may have failed, so "it" has no meaning in either case.
    if (isOfResponse) this.#it = undefined;
    const it = isOfResponse ? undefined : frame.it;
    this.#frames.push({ ...frame, it, opposite: [{ node, output: item.negated ? "true" : "false" }] });
  }

  /** "Keep only id, if total is over 5": the step before removes the compared field, so this order of steps is not meant. */
  #checkFields({ fields }: Condition): void {
    const source = this.placed.find(({ id }) => id === this.#it?.node)?.step;
    const known = source?.fields;
    const unknown =
      known === undefined ? undefined : fields.find((field) => !known.includes(field.split(".")[0] ?? ""));
    if (source === undefined || unknown === undefined) return;
    this.#why = `The result of "${source.name}" has no field "${unknown}". Compare it before that step.`;
  }

  /**
   * A request fails on a status of 400 or above and on a server that cannot be reached. So the branch follows its output
   * "error", too. There it has no status, and "is not 200" is true.
   */
  #catchFailure({ status, words }: Condition): void {
    const last = this.placed.at(-1);
    const isDirect = last !== undefined && this.#response?.node === last.id && this.#at[0]?.node === last.id;
    if (status === undefined) return;
    if (last?.continuesOnError === true) {
      this.#why = `What happens when "${last.step.name}" fails is already said, so "${words}" would never be true.`;
      return;
    }
    if (!isDirect || !status.isEquality || status.code >= 400) {
      this.#why = `I can only compare the status of the request right before with one below 400, as in "if status is not 200", and not "${words}". A status of 400 or above fails the request.`;
      return;
    }
    this.placed[this.placed.length - 1] = { ...last, continuesOnError: true };
    this.#at = [...this.#at, { node: last.id, output: "error" }];
  }

  decide(output: DecisionOutput): void {
    const node = this.#approval;
    if (node === undefined) return;
    const opposite = [{ node, output: output === "approved" ? "rejected" : "approved" }];
    this.#at = [{ node, output }];
    this.#frames.push({ start: this.#at, it: this.#it, response: this.#response, opposite });
  }

  /** The next nodes follow the failure of the last step that is caught. */
  fail(): void {
    const caught = this.placed.findLast(({ continuesOnError }) => continuesOnError);
    if (caught === undefined) return;
    const { id: node, step } = caught;
    this.#frames.push({
      start: this.#at,
      it: this.#it,
      response: this.#response,
      opposite: this.#at,
      isFailure: true,
    });
    this.#at = [{ node, output: "error" }];
    this.#it = { node, path: "", isError: true };
    this.#response = undefined;
    this.#lead = `If "${step.name}" fails: `;
  }

  each(noun: string, index: number): void {
    const [frames, closed] = [this.#frames.length, this.#closed];
    const node = this.place(forEach(noun), index);
    this.#loop = { node, noun, frames, closed };
    this.#closed = [];
    this.#at = [{ node, output: "item" }];
    this.#it = { node, path: "" };
    this.#response = undefined;
  }

  /** Goes on after the loop, with the list of its results. */
  leaveLoop(): void {
    if (this.#loop === undefined) return;
    const { node, frames, closed } = this.#loop;
    this.#loop = undefined;
    this.#frames.length = frames;
    this.#closed = [...closed];
    this.#at = [{ node, output: "result" }];
    this.#it = { node, path: "" };
    this.#response = undefined;
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
    this.#closed.push(...this.#at);
    this.#at = at;
    if (frame !== undefined) {
      frame.opposite = [];
      this.#it = frame.it;
      this.#response = frame.response;
    }
    this.#lead = frame?.isFailure === true ? "If it does not fail: " : "Otherwise: ";
  }

  join(): void {
    this.#leaveLoopOf(0);
    const first = this.#frames[0];
    // After a failure "it" may have no value.
    const hasFailure = this.#frames.some(({ isFailure }) => isFailure === true);
    const ends = [...this.#closed, ...this.#at, ...this.#frames.flatMap(({ opposite }) => opposite)];
    if (ends.length > 1) {
      this.#it = hasFailure ? undefined : first?.it;
      this.#response = hasFailure ? undefined : first?.response;
      this.#at = ends;
      this.place(MERGE, undefined);
    }
    this.#frames.length = 0;
    this.#closed = [];
  }

  /** Returns to the beginning of the innermost branch: "if A …, if B …" are two branches after one step. */
  #back(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#closed.push(...this.#at, ...(frame.isFailure === true ? [] : frame.opposite));
    this.#at = frame.start;
    this.#it = frame.it;
    this.#response = frame.response;
  }

  #scope(): Scope {
    const itIs = this.#it?.isError === true ? "the error" : undefined;
    return { it: this.#path(this.#it), itIs, response: this.#path(this.#response) };
  }

  /** `input` is the node directly before. An earlier node is `nodes.<id>`, and the trigger is `trigger`. */
  #path(source: Source | undefined): string | undefined {
    if (source === undefined) return undefined;
    const [end, another] = this.#at;
    const isNext = another === undefined && end?.node === source.node;
    const isDirect = isNext && (end.output === "error") === (source.isError === true);
    if (source.isError === true && !isDirect) return undefined;
    const node = source.node === this.placed[0]?.id ? "trigger" : `nodes.${source.node}`;
    return `${isDirect ? "input" : node}${source.path}`;
  }
}

function branchStep({ condition, negated }: BranchItem, isOfResponse: boolean): Step {
  return {
    type: NodeType.FLOW,
    subtype: "IF",
    name: `If ${condition.words}`.slice(0, 80),
    sentence() {
      const start = negated ? "Go on unless" : "Go on only if";
      const reading = isOfResponse ? "a request that fails has no status" : condition.reading;
      return `${start} ${condition.words}${reading === "" ? "" : ` (${reading})`}`;
    },
    yields: "nothing",
    reads: true,
    configuration: (scope) => ({ configuration: { condition: jsonata(branchExpression(condition, scope)) } }),
  };
}

function branchExpression(condition: Condition, scope: Scope): string {
  const { status } = condition;
  if (status === undefined || scope.response === undefined) return condition.expression(scope);
  const isCode = `${scope.response}.status = ${status.code}`;
  return status.negated ? `$not(${isCode})` : isCode;
}

const MERGE: Step = {
  type: NodeType.FLOW,
  subtype: "MERGE",
  name: "Either way",
  sentence: () => "Go on in each case",
  yields: "nothing",
  reads: false,
  configuration: () => ({ configuration: {} }),
};
