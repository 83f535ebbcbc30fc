import { Nouns } from "../nouns.ts";
import type { Item, Leftover, Program, Step } from "../program.ts";
import { Reading, type Span } from "../reading.ts";
import { eachIn, nameOfEntry, takeEach } from "../steps/for-each.ts";
import { fetchFrom } from "../steps/http-request.ts";
import { canFail, mergePolicy, takePolicy } from "../steps/policy.ts";
import { readStep } from "../steps/recognisers.ts";
import { type Firing, type FiringWords, firingIn } from "../triggers/firing.ts";
import { manual, takeByHand } from "../triggers/manual.ts";
import { schedule } from "../triggers/schedule.ts";
import { unknownTrigger } from "../triggers/unknown.ts";
import { webhook } from "../triggers/webhook.ts";
import { completes, mergeWhen, takeWhen, type When } from "../triggers/when.ts";
import { type Clause, clauses } from "./clauses.ts";
import { askable, isComparison, readCondition } from "./condition.ts";
import { Coverage } from "./coverage.ts";
import { isAboutDecision, readDecision } from "./decision.ts";
import { failingStep } from "./failure.ts";
import { Structure } from "./structure.ts";

/** The request in a message. The trigger is absent if the message does not name one. */
export interface Understanding {
  readonly trigger?: Step | undefined;
  readonly items: readonly Item[];
  readonly leftovers: readonly Leftover[];
}

/** Reads a message clause by clause. Words that no clause claims are leftovers; their meaning is never guessed. */
export function understand(message: string): Understanding {
  const words = firingIn(message);
  const scheduled = words && understandBeside(words, message);
  // Without a schedule the same words mean something else, or nothing.
  return scheduled?.trigger?.subtype === "CRON" ? scheduled : understandBeside(undefined, message);
}

/** `words`: of the schedule as a whole. The clauses are read without them. */
function understandBeside(words: FiringWords | undefined, message: string): Understanding {
  const coverage = new Coverage(message);
  coverage.claim(...(words?.spans ?? []));
  const rest = (words?.spans ?? []).reduce(without, message);
  const reader = new ClauseReader(rest, coverage, words?.firing);
  const all = clauses(rest);
  all.forEach((clause, index) => reader.read(clause, all[index + 1]));
  const { trigger, items, doubts } = reader.result();
  return { trigger, items, leftovers: [...coverage.leftovers(all), ...doubts] };
}

/** Other words keep their places. */
function without(message: string, { start, end }: Span): string {
  return message.slice(0, start) + " ".repeat(end - start) + message.slice(end);
}

/** Whether the message contains a trigger or a step. */
export function isRequest({ trigger, items }: Understanding): boolean {
  return trigger !== undefined || items.length > 0;
}

/** A program without a trigger of its own gets a manual one. */
export function toProgram({ trigger, items, leftovers }: Understanding): Program {
  return { trigger: trigger ?? manual({ isGiven: false }), items, leftovers, leftOut: [] };
}

/**
 * Turns clauses, one after the other, into a trigger and items in reading order. Of a clause that it understands, it claims
 * exactly the words that a recogniser took. It does not claim a clause that it does not understand: that is a leftover.
 */
class ClauseReader {
  readonly #message: string;
  readonly #coverage: Coverage;
  readonly #firing: Firing | undefined;
  readonly #structure = new Structure();
  readonly #doubts: Leftover[] = [];
  readonly #nouns = new Nouns();
  #when: When | undefined;
  #webhook: Step | undefined;
  #byHand: Step | undefined;
  /** The words of a trigger that this version does not know. */
  #unknown: string | undefined;
  /** The previous clause was only the word "then". */
  #afterThen = false;
  /** Index of the sentence with the last step; -1 before the first step. */
  #stepSentence = -1;

  /** Index of the first item of the sentence with the last step. */
  #sentenceStart = 0;
  /** "If it fails, retry 3 times": what follows may be meant for the last failure only. */
  #retriedFailure: Clause | undefined;

  constructor(message: string, coverage: Coverage, firing: Firing | undefined) {
    this.#message = message;
    this.#firing = firing;
    this.#coverage = coverage;
  }

  read(clause: Clause, next: Clause | undefined): void {
    const { connector, text } = clause;
    const opens = text !== "" || next !== undefined;
    if (connector === "then" || (opens && this.#mark(connector, clause))) this.#claim(clause);
    if (connector === "failure") this.#readFailure(clause, next);
    else if (text !== "") this.#place(clause, next);
    this.#afterThen = connector === "then" && text === "";
  }

  result(): { trigger: Step | undefined; items: readonly Item[]; doubts: readonly Leftover[] } {
    const known = this.#trigger();
    const trigger = known ?? (this.#unknown === undefined ? undefined : unknownTrigger(this.#unknown));
    // Without a step there is no request, and a question about its trigger would be of no use.
    const isAsked = known !== undefined || this.#structure.items.some(({ kind }) => kind === "step");
    this.#doubts.push(...this.#structure.lateApproval());
    if (!isAsked && this.#unknown !== undefined) this.#doubts.push({ words: this.#unknown, binding: true });
    return { trigger: isAsked ? trigger : undefined, items: this.#structure.items, doubts: this.#doubts };
  }

  #trigger(): Step | undefined {
    if (this.#webhook !== undefined || this.#when === undefined) return this.#webhook ?? this.#byHand;
    return schedule({ ...this.#when, firing: this.#firing });
  }

  #place(clause: Clause, next: Clause | undefined): void {
    switch (clause.connector) {
      case "schedule":
        if (!this.#mayStart(clause, next) || !this.#readWhen(clause)) this.#readStep(clause);
        return;
      case "when":
        if (this.#mayStart(clause, next) && (this.#readWebhook(clause) || this.#readByHand(clause))) return;
        if (this.#readDecision(clause)) return;
        return isComparison(clause.text) ? this.#readWatch(clause, next) : this.#readUnknown(clause);
      case "if":
      case "unless":
        return this.#readDecision(clause) ? undefined : this.#readCondition(clause, next);
      case "policy":
        return this.#readPolicy(clause);
      case "each":
        return this.#readEach(clause, next);
      case "failure":
        return;
      case "none":
      case "then":
      case "otherwise":
      case "join":
        if (this.#readStep(clause) || this.#readByHand(clause)) return;
        // "webhook -> keep only name": the first clause may name a trigger without "when".
        if (this.#structure.items.length === 0) this.#readWebhook(clause);
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

  /** A trigger after steps belongs to another workflow, unless it ends the request or directly follows the step before it. */
  #mayStart({ setOff, sentence }: Clause, next: Clause | undefined): boolean {
    if (this.#structure.items.length === 0 || (next === undefined && !this.#afterThen)) return true;
    return setOff === "nothing" && !this.#afterThen && sentence === this.#stepSentence;
  }

  #readWhen(clause: Clause): boolean {
    const reading = readingOf(clause);
    const when = takeWhen(reading);
    // A workflow has one trigger; a second one is a leftover.
    if (when === undefined || (this.#webhook ?? this.#byHand) !== undefined) return false;
    if (this.#when !== undefined && !completes(this.#when, when)) return false;
    this.#when = this.#when === undefined ? when : mergeWhen(this.#when, when);
    return this.#claim(clause, reading);
  }

  #readWebhook(clause: Clause): boolean {
    if (this.#trigger() !== undefined) return false;
    // "when an order comes in and country is DE"
    const [event = "", ...rest] = clause.text.split(/(?<=\S) and (?=\S)/i);
    const reading = new Reading(event, clause.span.start);
    const trigger = webhook(reading);
    if (trigger === undefined) return false;
    this.#webhook = trigger;
    this.#nouns.learnEvent(trigger.nouns ?? []);
    this.#claim(clause, reading);
    if (rest.length > 0) this.#readFilter(clause, event.length + " and ".length);
    return true;
  }

  /** The words after the event are a condition or leftovers. */
  #readFilter({ text, span }: Clause, from: number): void {
    const reading = new Reading(text.slice(from), span.start + from);
    if (!isComparison(text.slice(from))) return;
    const condition = readCondition(reading, text.slice(from), this.#nouns);
    if (condition === undefined) return;
    this.#coverage.claim(...reading.taken);
    this.#structure.push({ kind: "if", condition, negated: false, nested: true });
  }

  #readByHand(clause: Clause): boolean {
    const reading = readingOf(clause);
    if (this.#trigger() !== undefined || !takeByHand(reading)) return false;
    this.#byHand = manual({ isGiven: true });
    return this.#claim(clause, reading);
  }

  /** "when total is over 5" names a condition and not when the workflow checks it, which has to be asked. */
  #readWatch(clause: Clause, next: Clause | undefined): void {
    const before = this.#structure.items.length;
    this.#readCondition(clause, next);
    if (this.#structure.items.length > before && this.#trigger() === undefined) this.#unknown ??= clause.text;
  }

  /** An unknown trigger is asked about at the beginning of a request. Later in a request its words are leftovers. */
  #readUnknown(clause: Clause): void {
    if (this.#structure.items.length > 0 || this.#trigger() !== undefined || this.#unknown !== undefined) return;
    // More words than in "an email arrives" may restrict the event, and the answer to the question would drop them.
    const words = askable(clause.text, 4);
    if (words === undefined || !/^[\p{L}' -]+$/u.test(words)) return;
    this.#unknown = words;
    // The question names all of these words, so they count as claimed.
    this.#coverage.claim(clause.connectorSpan, { start: clause.span.start, end: clause.span.start + words.length });
  }

  #readDecision(clause: Clause): boolean {
    if (this.#structure.lastApproval() < 0) return false;
    const output = readDecision(clause.text);
    // True stops here, so that its words are leftovers and not a field of the response.
    if (output === undefined) return isAboutDecision(clause.text);
    this.#structure.push({ kind: "decision", output });
    this.#coverage.claim(clause.span);
    return this.#claim(clause);
  }

  #readCondition(clause: Clause, next: Clause | undefined): void {
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
    // "post it to A if X and tell #b", "post it to A and tell #b if X": the condition may apply to one step or to both.
    if (!ends || this.#structure.hasSeveralEffects())
      this.#doubt(clause, "it may govern one thing that you ask for, or both");
    this.#structure.pushBeforeLast(item);
  }

  /** A condition may apply to the step before it in the same sentence, unless that step fetches the data that the condition reads. */
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

  #readPolicy(clause: Clause): void {
    const reading = readingOf(clause);
    const policy = takePolicy(reading);
    if (policy === undefined) return;
    const { items } = this.#structure;
    // "Call A with 3 retries" is about A; "call A and B, retry 3 times" may be about both.
    const isBehindStep = clause.setOff === "nothing" && /^with/i.test(clause.text);
    const failing = failingStep(items, "it", isBehindStep ? items.length : this.#sentenceStart);
    if (failing === undefined) return;
    if ("why" in failing) return this.#doubt(clause, failing.why);
    const item = items[failing.index];
    if (item?.kind !== "step") return;
    this.#structure.change(failing.index, { policy: mergePolicy(item.policy, policy) });
    this.#claim(clause, reading);
  }

  /** "If it fails tell #ops". Beside "retry 3 times" the words "if it fails" add nothing. */
  #readFailure(clause: Clause, next: Clause | undefined): void {
    const { connectorSpan: span, text } = clause;
    const words = this.#message.slice(span.start, span.end);
    const isAlone = text === "" && next?.sentence !== clause.sentence;
    if (this.#isOfPolicy(clause, words, next, isAlone)) {
      this.#retriedFailure = { ...clause, text: words };
      this.#claim(clause);
      if (text !== "") this.#readStep(clause);
      return;
    }
    if (isAlone) return this.#trailFailure(clause, words);
    const failing = failingStep(this.#structure.items, words, this.#sentenceStart);
    if (failing === undefined) return;
    if ("why" in failing) return this.#doubt({ ...clause, text: words }, failing.why);
    this.#retriedFailure = undefined;
    this.#structure.change(failing.index, { isCaught: true });
    this.#structure.push({ kind: "failure" });
    this.#claim(clause);
    if (text !== "") this.#readStep(clause);
  }

  /** "Retry 3 times if it fails", "if it fails, retry 3 times". "If it still fails" is about the failure behind the retries. */
  #isOfPolicy({ setOff, text }: Clause, words: string, next: Clause | undefined, isAlone: boolean): boolean {
    if (text === "" && next?.connector === "policy") return true;
    return this.#isRetried() && (isAlone || (setOff === "nothing" && !/\bstill\b/i.test(words)));
  }

  /** "Call A and tell #ops if it fails": the case of the failure is the step before these words. */
  #trailFailure(clause: Clause, words: string): void {
    const { items } = this.#structure;
    const last = items.at(-1);
    if (clause.setOff !== "nothing" || last?.kind !== "step" || last.step.yields !== "nothing") return;
    const failing = failingStep(items.slice(0, -1), words, 0);
    if (failing === undefined) return;
    if ("why" in failing) return this.#doubt({ ...clause, text: words }, failing.why);
    this.#structure.change(failing.index, { isCaught: true });
    this.#structure.pushBeforeLast({ kind: "failure" });
    this.#claim(clause);
  }

  /** The last item was just given a number of attempts, by the clause before. */
  #isRetried(): boolean {
    const last = this.#structure.items.at(-1);
    return last?.kind === "step" && last.policy?.attempts !== undefined && !last.isCaught;
  }

  /** "For each order", also with the URL of the orders, and also behind its step. */
  #readEach(clause: Clause, next: Clause | undefined): void {
    if (this.#structure.isInLoop()) return;
    const { text } = clause;
    const reading = readingOf(clause);
    const fetched = /https?:/i.test(text) ? fetchFrom(reading, this.#nouns) : undefined;
    if (fetched !== undefined) reading.take(/ (?:in|from|of|at)(?= *\n)/);
    const noun = takeEach(reading, this.#nouns);
    if (noun === undefined) return;
    const last = this.#structure.items.at(-1);
    if (fetched === undefined && !this.#structure.hasList()) return;
    const isTrailing = next?.sentence !== clause.sentence || !["none", "if", "unless"].includes(next.connector);
    if (isTrailing && (last?.kind !== "step" || canFail(last.step) === false || fetched !== undefined)) return;
    this.#coverage.claim(clause.connectorSpan, ...reading.taken);
    if (isTrailing) return this.#structure.pushBeforeLast({ kind: "each", noun });
    if (fetched !== undefined) this.#structure.push({ kind: "step", step: fetched, isUnsure: this.#isUnsure(clause) });
    this.#structure.push({ kind: "each", noun });
  }

  #readStep(clause: Clause): boolean {
    const { span, sentence } = clause;
    const each =
      this.#structure.isInLoop() || !this.#structure.hasList() ? undefined : eachIn(clause.text, this.#nouns);
    const text = each === undefined ? clause.text : withIt(clause.text, each);
    // "But first ask me" after a step with an effect would have to come before that step.
    const read = readStep(text, span.start, this.#nouns, !this.#structure.hasEffect());
    if (read === undefined) return false;
    const { step, reading } = read;
    if (this.#retriedFailure?.sentence === sentence)
      this.#doubt(this.#retriedFailure, "the step after it may be meant for the last failure only, or for each run");
    this.#claim(clause, reading);
    if (each !== undefined && step.reads) {
      this.#coverage.claim({ start: span.start + each.index, end: span.start + each.index + each[0].length });
      this.#structure.push({ kind: "each", noun: nameOfEntry(each[1] ?? "") });
    }
    this.#structure.push({ kind: "step", step, isUnsure: this.#isUnsure(clause) });
    if (sentence !== this.#stepSentence) this.#sentenceStart = this.#structure.items.length - 1;
    // A transformation of the orders still gives the orders.
    if (step.yields !== "nothing") this.#nouns.refer(step.nouns, step.subtype !== "DATA_TRANSFORMATION");
    this.#stepSentence = sentence;
    return true;
  }
}

/** The text with "it" in the place of "each order"; every other character keeps its place. */
function withIt(text: string, { 0: words, index }: RegExpExecArray): string {
  return `${text.slice(0, index)}${"it".padEnd(words.length)}${text.slice(index + words.length)}`;
}

function readingOf({ text, span }: Clause): Reading {
  return new Reading(text, span.start);
}
