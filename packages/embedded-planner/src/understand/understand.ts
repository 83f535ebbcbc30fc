import { Nouns } from "../nouns.ts";
import type { Item, Leftover, Program, Step } from "../program.ts";
import { Reading } from "../reading.ts";
import { readStep } from "../steps/recognisers.ts";
import { manual, takeByHand } from "../triggers/manual.ts";
import { schedule } from "../triggers/schedule.ts";
import { unknownTrigger } from "../triggers/unknown.ts";
import { webhook } from "../triggers/webhook.ts";
import { completes, mergeWhen, takeWhen, type When } from "../triggers/when.ts";
import { type Clause, clauses } from "./clauses.ts";
import { askable, isComparison, readCondition } from "./condition.ts";
import { Coverage } from "./coverage.ts";
import { isAboutDecision, readDecision } from "./decision.ts";
import { Structure } from "./structure.ts";

/** What a message asks for; the trigger is absent when it names none. */
export interface Understanding {
  readonly trigger?: Step | undefined;
  readonly items: readonly Item[];
  readonly leftovers: readonly Leftover[];
}

/** Reads a message clause by clause. What no clause has claimed is left over, never guessed. */
export function understand(message: string): Understanding {
  const coverage = new Coverage(message);
  const listener = new Listener(coverage);
  const all = clauses(message);
  all.forEach((clause, index) => listener.hear(clause, all[index + 1]));
  const { trigger, items, doubts } = listener.understood();
  return { trigger, items, leftovers: [...coverage.leftovers(all), ...doubts] };
}

/** Whether anything to do was asked for. */
export function isRequest({ trigger, items }: Understanding): boolean {
  return trigger !== undefined || items.length > 0;
}

/** Without a trigger a person starts it. */
export function toProgram({ trigger, items, leftovers }: Understanding): Program {
  return { trigger: trigger ?? manual({ isGiven: false }), items, leftovers, leftOut: [] };
}

/**
 * Hears one clause after the other and keeps what it means: a trigger, and items in order. A clause that is understood is
 * claimed with exactly the words that were taken; a clause that is not is left alone, and so becomes a leftover.
 */
class Listener {
  readonly #coverage: Coverage;
  readonly #structure = new Structure();
  readonly #doubts: Leftover[] = [];
  readonly #nouns = new Nouns();
  #when: When | undefined;
  #webhook: Step | undefined;
  #byHand: Step | undefined;
  /** Something starts it, and we do not know what. */
  #unknown: string | undefined;
  /** The clause before was a bare "then". */
  #afterThen = false;
  /** The sentence that the last step stands in. */
  #stepSentence = -1;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  hear(clause: Clause, next: Clause | undefined): void {
    const { connector, text } = clause;
    const opens = text !== "" || next !== undefined;
    if (connector === "then" || (opens && this.#mark(connector, clause))) this.#claim(clause);
    if (text !== "") this.#place(clause, next);
    this.#afterThen = connector === "then" && text === "";
  }

  understood(): { trigger: Step | undefined; items: readonly Item[]; doubts: readonly Leftover[] } {
    const known = this.#trigger();
    const trigger = known ?? (this.#unknown === undefined ? undefined : unknownTrigger(this.#unknown));
    // Asked about only where it is all that keeps a request from being drafted.
    const isAsked = known !== undefined || this.#structure.items.some(({ kind }) => kind === "step");
    this.#doubts.push(...this.#structure.lateApproval());
    if (!isAsked && this.#unknown !== undefined) this.#doubts.push({ words: this.#unknown, binding: true });
    return { trigger: isAsked ? trigger : undefined, items: this.#structure.items, doubts: this.#doubts };
  }

  #trigger(): Step | undefined {
    return this.#webhook ?? (this.#when === undefined ? this.#byHand : schedule(this.#when));
  }

  #place(clause: Clause, next: Clause | undefined): void {
    switch (clause.connector) {
      case "schedule":
        if (!this.#mayStart(clause, next) || !this.#hearWhen(clause)) this.#hearStep(clause);
        return;
      case "when":
        if (this.#mayStart(clause, next) && (this.#hearWebhook(clause) || this.#hearByHand(clause))) return;
        if (this.#hearDecision(clause)) return;
        return isComparison(clause.text) ? this.#hearWatch(clause, next) : this.#hearUnknown(clause);
      case "if":
      case "unless":
        return this.#hearDecision(clause) ? undefined : this.#hearCondition(clause, next);
      case "none":
      case "then":
      case "otherwise":
      case "join":
        if (this.#hearStep(clause) || this.#hearByHand(clause)) return;
        // "webhook -> keep only name": a trigger may stand at the head without its "when".
        if (this.#structure.items.length === 0) this.#hearWebhook(clause);
        return;
      default:
        clause.connector satisfies never;
    }
  }

  #claim({ connectorSpan }: Clause, ...readings: readonly Reading[]): true {
    this.#coverage.claim(connectorSpan, ...readings.flatMap(({ taken }) => taken));
    return true;
  }

  #doubt({ text, span, connectorSpan }: Clause, why: string): void {
    this.#coverage.claim(span, connectorSpan);
    this.#doubts.push({ words: text, why, binding: true });
  }

  #mark(connector: Clause["connector"], clause: Clause): boolean {
    if (connector === "join") return this.#structure.push({ kind: "join" });
    if (connector !== "otherwise" || this.#structure.freeCases() <= 0) return false;
    const why = this.#structure.otherwiseDoubt();
    if (why !== undefined) this.#doubt({ ...clause, text: `otherwise ${clause.text}`.trim() }, why);
    return this.#structure.push({ kind: "otherwise" });
  }

  /** A trigger behind steps starts something else, unless it ends the request or the words of the step before. */
  #mayStart({ setOff, sentence }: Clause, next: Clause | undefined): boolean {
    if (this.#structure.items.length === 0 || (next === undefined && !this.#afterThen)) return true;
    return setOff === "nothing" && !this.#afterThen && sentence === this.#stepSentence;
  }

  #hearWhen(clause: Clause): boolean {
    const reading = readingOf(clause);
    const when = takeWhen(reading);
    // A workflow has one trigger; a second is left over.
    if (when === undefined || (this.#webhook ?? this.#byHand) !== undefined) return false;
    if (this.#when !== undefined && !completes(this.#when, when)) return false;
    this.#when = this.#when === undefined ? when : mergeWhen(this.#when, when);
    return this.#claim(clause, reading);
  }

  #hearWebhook(clause: Clause): boolean {
    if (this.#trigger() !== undefined) return false;
    // "when an order comes in and country is DE"
    const [event = "", ...rest] = clause.text.split(/(?<=\S) and (?=\S)/i);
    const reading = new Reading(event, clause.span.start);
    const trigger = webhook(reading);
    if (trigger === undefined) return false;
    this.#webhook = trigger;
    this.#nouns.learnEvent(trigger.nouns ?? []);
    this.#claim(clause, reading);
    if (rest.length > 0) this.#hearFilter(clause, event.length + " and ".length);
    return true;
  }

  /** What stands behind the event is a condition, or left over. */
  #hearFilter({ text, span }: Clause, from: number): void {
    const reading = new Reading(text.slice(from), span.start + from);
    if (!isComparison(text.slice(from))) return;
    const condition = readCondition(reading, text.slice(from), this.#nouns);
    if (condition === undefined) return;
    this.#coverage.claim(...reading.taken);
    this.#structure.push({ kind: "if", condition, negated: false, nested: true });
  }

  #hearByHand(clause: Clause): boolean {
    const reading = readingOf(clause);
    if (this.#trigger() !== undefined || !takeByHand(reading)) return false;
    this.#byHand = manual({ isGiven: true });
    return this.#claim(clause, reading);
  }

  /** "when total is over 5" watches something; what makes the workflow look has to be said. */
  #hearWatch(clause: Clause, next: Clause | undefined): void {
    const before = this.#structure.items.length;
    this.#hearCondition(clause, next);
    if (this.#structure.items.length > before && this.#trigger() === undefined) this.#unknown ??= clause.text;
  }

  /** Something starts it, and we do not know what; later in a request it is only a phrase that we do not know. */
  #hearUnknown(clause: Clause): void {
    if (this.#structure.items.length > 0 || this.#trigger() !== undefined || this.#unknown !== undefined) return;
    // More words than "an email arrives" may narrow the event, and would be lost with the answer.
    const words = askable(clause.text, 4);
    if (words === undefined || !/^[\p{L}' -]+$/u.test(words)) return;
    this.#unknown = words;
    // The question names it whole.
    this.#coverage.claim(clause.connectorSpan, { start: clause.span.start, end: clause.span.start + words.length });
  }

  #hearDecision(clause: Clause): boolean {
    if (this.#structure.lastApproval() < 0) return false;
    const output = readDecision(clause.text);
    // Left over, rather than taken for a field of what was fetched.
    if (output === undefined) return isAboutDecision(clause.text);
    this.#structure.push({ kind: "decision", output });
    this.#coverage.claim(clause.span);
    return this.#claim(clause);
  }

  #hearCondition(clause: Clause, next: Clause | undefined): void {
    const reading = readingOf(clause);
    const condition = readCondition(reading, clause.text, this.#nouns);
    if (condition === undefined) return;
    this.#claim(clause, reading);
    const last = this.#structure.items.at(-1);
    const nested = this.#afterThen || last?.kind !== "step";
    const item: Item = { kind: "if", condition, negated: clause.connector === "unless", nested };
    if (!nested && this.#structure.isGated())
      this.#doubt(clause, "it may concern what you approve, or what comes before");
    if (!this.#mayTrail(clause)) {
      this.#structure.push(item);
      return;
    }
    const ends = next?.sentence !== clause.sentence || ["otherwise", "join", "schedule"].includes(next.connector);
    if (!ends && clause.setOff !== "nothing") {
      this.#structure.push(item);
      return;
    }
    // "post it to A if X and tell #b", "post it to A and tell #b if X": one, or both.
    if (!ends || this.#structure.hasSeveralEffects())
      this.#doubt(clause, "it may govern one thing that you ask for, or both");
    this.#structure.pushBeforeLast(item);
  }

  /** A condition may govern the step before it in its sentence, if that is none that fetches what the condition reads. */
  #mayTrail({ sentence }: Clause): boolean {
    const last = this.#structure.items.at(-1);
    return (
      last?.kind === "step" && last.step.yields === "nothing" && this.#stepSentence === sentence && !this.#afterThen
    );
  }

  #isUnsure({ sentence, setOff, connector }: Clause): boolean {
    if (sentence !== this.#stepSentence) return this.#structure.isBehindCase();
    const goesOn = setOff === "and" || (setOff === "nothing" && connector === "none");
    return !goesOn && this.#structure.isBehindEffectOfCase();
  }

  #hearStep(clause: Clause): boolean {
    const { text, span, sentence } = clause;
    // "But first ask me" after something was done would have to come before it.
    const read = readStep(text, span.start, this.#nouns, !this.#structure.hasEffect());
    if (read === undefined) return false;
    const { step, reading } = read;
    this.#claim(clause, reading);
    this.#structure.push({ kind: "step", step, isUnsure: this.#isUnsure(clause) });
    // A transformation of the orders still gives the orders.
    if (step.yields !== "nothing") this.#nouns.become(step.nouns, step.subtype !== "DATA_TRANSFORMATION");
    this.#stepSentence = sentence;
    return true;
  }
}

function readingOf({ text, span }: Clause): Reading {
  return new Reading(text, span.start);
}
