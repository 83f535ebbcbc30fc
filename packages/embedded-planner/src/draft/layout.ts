import { NodeType } from "@agent-team/contracts";
import {
  type BranchItem,
  type Condition,
  type DecisionOutput,
  jsonata,
  type Program,
  type Scope,
  type Step,
} from "../program.ts";
import { NodeIds } from "./node-ids.ts";

/** One node at its place. */
export interface Placed {
  readonly id: string;
  readonly step: Step;
  /** What its expressions can name. */
  readonly scope: Scope;
  /** The outputs that lead here; empty for the trigger. */
  readonly from: readonly End[];
  /** Its item in the program; absent for the trigger and for what joins branches. */
  readonly item?: number | undefined;
  /** It opens the other case of a branch. */
  readonly otherwise: boolean;
  /** A failure of it does not end the run, but leaves by "error". */
  readonly continuesOnError: boolean;
  /** Why it cannot be drafted here. */
  readonly why?: string | undefined;
}

/** An output that the next node may hang on. */
interface End {
  readonly node: string;
  readonly output: string;
}

/** Where a value comes from: a node, and the path inside its output. */
interface Source {
  readonly node: string;
  readonly path: string;
}

/** What a branch goes back to. */
interface Frame {
  readonly start: readonly End[];
  readonly it: Source | undefined;
  readonly response: Source | undefined;
  /** The case that nothing hangs on yet. */
  opposite: readonly End[];
}

/**
 * Walks a program in reading order and gives each step its id, its place and its scope. Edges only ever lead from what
 * was placed earlier, so the graph has no cycle.
 */
export function layOut(program: Program): readonly Placed[] {
  const walk = new Walk();
  walk.place(program.trigger, undefined);
  program.items.forEach((item, index) => {
    switch (item.kind) {
      case "step":
        return walk.place(item.step, index);
      case "if":
        return walk.branch(item, index);
      case "decision":
        return walk.decide(item.output);
      case "otherwise":
        return walk.otherwise();
      case "join":
        return walk.join();
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
  /** Where finished branches ended. */
  #closed: End[] = [];
  #otherwise = false;

  place(step: Step, item: number | undefined): string {
    const id = this.#ids.next(step.name, step.subtype);
    this.placed.push({
      id,
      step,
      scope: this.#scope(),
      from: this.#at,
      item,
      otherwise: this.#otherwise,
      continuesOnError: false,
      why: this.#why,
    });
    this.#otherwise = false;
    this.#why = undefined;
    this.#learn(id, step);
    if (step.subtype === "APPROVAL") this.#approval = id;
    this.#at = [{ node: id, output: step.subtype === "APPROVAL" ? "approved" : "result" }];
    return id;
  }

  /** What "it" and "status" mean from here on. */
  #learn(node: string, step: Step): void {
    const isRequest = step.subtype === "HTTP_REQUEST";
    if (isRequest) this.#response = { node, path: "" };
    if (step.yields === "output") this.#it = { node, path: "" };
    // A request that had nothing to send yields its answer, as one that fetches does.
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
    // A request that failed has given nothing that "it" could mean, in neither case.
    if (isOfResponse) this.#it = undefined;
    const it = isOfResponse ? undefined : frame.it;
    this.#frames.push({ ...frame, it, opposite: [{ node, output: item.negated ? "true" : "false" }] });
  }

  /** "Keep only id, if total is over 5": what is compared lies in what came before, or the step is not what was meant. */
  #checkFields({ fields }: Condition): void {
    const source = this.placed.find(({ id }) => id === this.#it?.node)?.step;
    const known = source?.fields;
    const unknown =
      known === undefined ? undefined : fields.find((field) => !known.includes(field.split(".")[0] ?? ""));
    if (source === undefined || unknown === undefined) return;
    this.#why = `"${unknown}" is no field of what "${source.name}" gives. Compare it before that step.`;
  }

  /**
   * A status of 400 or above fails a request, and so does a server that cannot be reached: the branch is reached by
   * "error", too, where there is no status, so that "is not 200" holds.
   */
  #catchFailure({ status, words }: Condition): void {
    const last = this.placed.at(-1);
    const isDirect = last !== undefined && this.#response?.node === last.id && this.#at[0]?.node === last.id;
    if (status === undefined) return;
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

  otherwise(): void {
    // The innermost branch whose other case is still free.
    while (this.#frames.at(-1)?.opposite.length === 0) this.#frames.pop();
    const frame = this.#frames.at(-1);
    const rejected = this.#approval === undefined ? undefined : [{ node: this.#approval, output: "rejected" }];
    const at = frame?.opposite ?? rejected;
    // Every case is taken: what follows goes on where we are.
    if (at === undefined) return;
    this.#closed.push(...this.#at);
    this.#at = at;
    if (frame !== undefined) {
      frame.opposite = [];
      this.#it = frame.it;
      this.#response = frame.response;
    }
    this.#otherwise = true;
  }

  join(): void {
    const first = this.#frames[0];
    const ends = [...this.#closed, ...this.#at, ...this.#frames.flatMap(({ opposite }) => opposite)];
    if (ends.length > 1) {
      this.#it = first?.it;
      this.#response = first?.response;
      this.#at = ends;
      this.place(MERGE, undefined);
    }
    this.#frames.length = 0;
    this.#closed = [];
  }

  /** Leaves the innermost branch for the place where it began: "if A …, if B …" are two branches of one step. */
  #back(): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    this.#closed.push(...this.#at, ...frame.opposite);
    this.#at = frame.start;
    this.#it = frame.it;
    this.#response = frame.response;
  }

  #scope(): Scope {
    return { it: this.#path(this.#it), response: this.#path(this.#response) };
  }

  /** `input` names the node right before; further back it is `nodes.<id>`, and the trigger has its own name. */
  #path(source: Source | undefined): string | undefined {
    if (source === undefined) return undefined;
    const isDirect = this.#at.length === 1 && this.#at[0]?.node === source.node && this.#at[0].output !== "error";
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
