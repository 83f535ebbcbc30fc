import type { Item, Leftover, Step, StepItem } from "../program.ts";

/** The items so far, and the places at which the structure of the sentence has two meanings. */
export class Structure {
  readonly #items: Item[] = [];

  get items(): readonly Item[] {
    return this.#items;
  }

  push(item: Item): true {
    this.#items.push(item);
    return true;
  }

  /** Changes the step at an index. */
  change(index: number, part: Partial<StepItem>): void {
    const item = this.#items[index];
    if (item?.kind === "step") this.#items[index] = { ...item, ...part };
  }

  /** Whether the next step is inside a loop. */
  isInLoop(): boolean {
    return this.#lastOf("each") > this.#lastOf("after-each");
  }

  /** Whether "it" may be a list: the response of a request, with all its fields or some. An event, a sum or a text cannot be one. */
  hasList(): boolean {
    const last = this.#items.findLast((item) => item.kind === "step" && item.step.yields !== "nothing");
    if (last?.kind !== "step") return false;
    return last.step.subtype === "HTTP_REQUEST" || /^(?:Keep|Rename) /.test(last.step.name);
  }

  /** For a condition that comes after the step to which it applies. */
  pushBeforeLast(item: Item): void {
    this.#items.splice(-1, 0, item);
  }

  lastApproval(): number {
    return this.#items.findLastIndex((item) => item.kind === "step" && item.step.subtype === "APPROVAL");
  }

  hasEffect(): boolean {
    return this.#items.some((item) => item.kind === "step" && isEffect(item.step));
  }

  hasSeveralEffects(): boolean {
    const [before, last] = this.#items.slice(-2);
    return before?.kind === "step" && isEffect(before.step) && last?.kind === "step";
  }

  /** Whether the innermost branch contains an approval. */
  isGated(): boolean {
    const branch = this.#lastOf("if");
    return branch >= 0 && this.lastApproval() > branch;
  }

  /** Number of branches and approvals without a step in their other case. */
  freeCases(): number {
    const opened = this.#items.filter(({ kind }) => kind === "if" || kind === "decision" || kind === "failure").length;
    const asked = this.lastApproval() < 0 ? 0 : 1;
    return opened + asked - this.#items.filter(({ kind }) => kind === "otherwise").length;
  }

  /** "If A do B. Do C.": C may belong to that case, or happen in each case. A step after an approval always waits for it. */
  isBehindCase(): boolean {
    const opened = lastCase(this.#items);
    const last = this.#items.at(-1);
    const isOpen = opened !== undefined && opened.kind !== "join" && opened.kind !== "after-each";
    return isOpen && last?.kind === "step" && last.step.subtype !== "APPROVAL";
  }

  /** "If A do B, then do C" has two meanings if B has an effect of its own. "If A do B and do C" has one. */
  isBehindEffectOfCase(): boolean {
    const last = this.#items.at(-1);
    return this.isBehindCase() && last?.kind === "step" && isEffect(last.step);
  }

  /** Why "otherwise" has two meanings here; `undefined` if it has one. */
  otherwiseDoubt(): string | undefined {
    const failure = this.#lastOf("failure");
    if (failure > 0 && this.#items.slice(0, failure).some(({ kind }) => kind === "if" || kind === "decision"))
      return "it may mean that the step does not fail, or that the condition before does not hold";
    if (failure >= 0) return undefined;
    if (this.#hasSiblings()) return "it may mean that the last condition does not hold, or that none of them does";
    const branch = this.#lastOf("if");
    const approval = this.lastApproval();
    if (approval < 0 || this.#lastOf("decision") > approval) return undefined;
    // "If A ask me to approve, then do B, otherwise …"
    if (branch >= 0 && approval > branch && approval < this.#items.length - 1) {
      return "it may mean that the condition does not hold, or that you do not approve";
    }
    return branch < 0 && this.#expires(approval)
      ? "it may mean that you reject, or that nobody answers in time"
      : undefined;
  }

  /** "Post it and ask me to approve": no step follows to be approved, so the approval may be meant to come first. */
  lateApproval(): readonly Leftover[] {
    const [before, last] = this.#items.slice(-2);
    if (before?.kind !== "step" || !isEffect(before.step)) return [];
    if (last?.kind !== "step" || last.step.subtype !== "APPROVAL") return [];
    const why = `it may be meant to come before "${before.step.name}"`;
    return [{ words: last.step.name, why, binding: true }];
  }

  /** "If A …, if B …": two conditions side by side, both without another case yet. */
  #hasSiblings(): boolean {
    const marks = this.#items.filter(({ kind }) => kind !== "step").slice(-2);
    const [, last] = marks;
    return marks.every(({ kind }) => kind === "if") && last?.kind === "if" && !last.nested;
  }

  #expires(approval: number): boolean {
    const item = this.#items[approval];
    return item?.kind === "step" && "expires_after_seconds" in item.step.configuration({}).configuration;
  }

  #lastOf(kind: Item["kind"]): number {
    return this.#items.findLastIndex((item) => item.kind === kind);
  }
}

/** The item that opened or closed the case in which the items end. */
export function lastCase(items: readonly Item[]): Item | undefined {
  return items.findLast(({ kind }) => kind !== "step" && kind !== "otherwise");
}

/** Whether the step changes something outside the workflow and yields no data for later steps. */
function isEffect({ yields, subtype }: Step): boolean {
  return yields === "nothing" && subtype !== "DELAY" && subtype !== "APPROVAL";
}
