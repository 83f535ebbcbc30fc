import { type Clause, clauses } from "./clauses.ts";
import { isComparison, readCondition } from "./condition.ts";
import { readDecision } from "./decision.ts";
import type { Item, Program, Step } from "./program.ts";
import { Reading } from "./reading.ts";
import { readStep } from "./steps/recognisers.ts";
import { manual, takeByHand } from "./triggers/manual.ts";
import { schedule } from "./triggers/schedule.ts";
import { unknownTrigger } from "./triggers/unknown.ts";
import { webhook } from "./triggers/webhook.ts";
import { completes, mergeWhen, takeWhen, type When } from "./triggers/when.ts";

/** What a message asks for; the trigger is absent when it names none. */
export interface Understanding {
  readonly trigger?: Step | undefined;
  readonly items: readonly Item[];
  readonly notUnderstood: readonly string[];
}

/** Reads a message clause by clause. What no clause could place is reported, never guessed. */
export function understand(message: string): Understanding {
  const listener = new Listener();
  const all = clauses(message);
  all.forEach((clause, index) => listener.hear(clause, all[index + 1]));
  return listener.understood();
}

/** Whether anything to do was asked for. */
export function isRequest({ trigger, items }: Understanding): boolean {
  return trigger !== undefined || items.length > 0;
}

/** Without a trigger a person starts it. */
export function toProgram({ trigger, items, notUnderstood }: Understanding): Program {
  return { trigger: trigger ?? manual(), items, notUnderstood };
}

/** Hears one clause after the other and keeps what it means: a trigger, items in order, and words without a place. */
class Listener {
  readonly #items: Item[] = [];
  readonly #notUnderstood: string[] = [];
  #when: When | undefined;
  #webhook: Step | undefined;
  #byHand: Step | undefined;
  #unknown: string | undefined;
  /** The clause before was a bare "then". */
  #afterThen = false;
  /** The sentence that the last step stands in. */
  #stepSentence = -1;

  hear(clause: Clause, next: Clause | undefined): void {
    const { connector, text } = clause;
    if (connector === "otherwise" || connector === "join") this.#mark(connector);
    if (text !== "") this.#place(clause, next);
    this.#afterThen = connector === "then" && text === "";
  }

  understood(): Understanding {
    let trigger = this.#trigger();
    if (this.#unknown !== undefined) {
      // Asked about only if it is all that keeps a request from being drafted.
      if (trigger === undefined && this.#items.length > 0) trigger = unknownTrigger(this.#unknown);
      else this.#report(this.#unknown);
    }
    return { trigger, items: this.#items, notUnderstood: this.#notUnderstood };
  }

  #trigger(): Step | undefined {
    return this.#webhook ?? (this.#when === undefined ? this.#byHand : schedule(this.#when));
  }

  #place(clause: Clause, next: Clause | undefined): void {
    const { connector, text } = clause;
    switch (connector) {
      case "schedule":
        return this.#hearWhen(text) || this.#hearStep(clause) ? undefined : this.#report(text);
      case "when":
        if (this.#hearWebhook(text) || this.#hearByHand(text) || this.#hearDecision(text)) return;
        return isComparison(text) ? this.#hearCondition(clause, next) : this.#hearUnknown(text);
      case "if":
      case "unless":
        return this.#hearDecision(text) ? undefined : this.#hearCondition(clause, next);
      case "none":
      case "then":
      case "otherwise":
      case "join":
        if (this.#hearStep(clause) || this.#hearByHand(text)) return;
        // "webhook -> keep only name": a trigger may stand at the head without its "when".
        return this.#items.length === 0 && this.#hearWebhook(text) ? undefined : this.#report(text);
      default:
        connector satisfies never;
    }
  }

  #mark(kind: "otherwise" | "join"): void {
    if (kind === "join" || this.#freeCases() > 0) this.#items.push({ kind });
    else this.#notUnderstood.push("otherwise");
  }

  /** Branches and approvals whose other case nothing hangs on yet. */
  #freeCases(): number {
    const opened = this.#items.filter(({ kind }) => kind === "if" || kind === "decision").length;
    const asked = this.#asksForApproval() ? 1 : 0;
    return opened + asked - this.#items.filter(({ kind }) => kind === "otherwise").length;
  }

  #asksForApproval(): boolean {
    return this.#items.some((item) => item.kind === "step" && item.step.subtype === "APPROVAL");
  }

  #hearWhen(text: string): boolean {
    const reading = new Reading(text);
    const when = takeWhen(reading);
    // A workflow has one trigger; the second is reported.
    if (when === undefined || (this.#webhook ?? this.#byHand) !== undefined) return false;
    if (this.#when !== undefined && !completes(this.#when, when)) return false;
    this.#when = this.#when === undefined ? when : mergeWhen(this.#when, when);
    this.#notUnderstood.push(...reading.leftover());
    return true;
  }

  #hearWebhook(text: string): boolean {
    if (this.#trigger() !== undefined) return false;
    const reading = new Reading(text);
    this.#webhook = webhook(reading);
    if (this.#webhook !== undefined) this.#notUnderstood.push(...reading.leftover());
    return this.#webhook !== undefined;
  }

  #hearByHand(text: string): boolean {
    if (this.#trigger() !== undefined || !takeByHand(new Reading(text))) return false;
    this.#byHand = manual();
    return true;
  }

  /** Something starts it, and we do not know what; later in a request it is only a phrase that we do not know. */
  #hearUnknown(text: string): void {
    if (this.#items.length > 0 || this.#trigger() !== undefined) return this.#report(text);
    this.#unknown = text;
  }

  #hearDecision(text: string): boolean {
    const output = readDecision(text);
    if (output === undefined || !this.#asksForApproval()) return false;
    this.#items.push({ kind: "decision", output });
    return true;
  }

  #hearCondition({ connector, text, sentence }: Clause, next: Clause | undefined): void {
    const { condition, leftover } = readCondition(text);
    this.#notUnderstood.push(...leftover);
    const nested = this.#afterThen || this.#items.at(-1)?.kind !== "step";
    const item: Item = { kind: "if", condition, negated: connector === "unless", nested };
    // "post it if total is over 10": a condition at the end of a sentence governs the step before it.
    const ends = next?.sentence !== sentence || ["otherwise", "join", "schedule"].includes(next.connector);
    const last = this.#items.at(-1);
    // It cannot govern the step that fetches what it reads.
    const governs = last?.kind === "step" && last.step.yields === "nothing";
    const trails = ends && governs && this.#stepSentence === sentence;
    this.#items.splice(trails ? this.#items.length - 1 : this.#items.length, 0, item);
  }

  #hearStep({ text, sentence }: Clause): boolean {
    const read = readStep(text);
    if (read === undefined) return false;
    this.#items.push({ kind: "step", step: read.step });
    this.#notUnderstood.push(...read.leftover);
    this.#stepSentence = sentence;
    return true;
  }

  #report(text: string): void {
    this.#notUnderstood.push(...new Reading(text).leftover());
  }
}
