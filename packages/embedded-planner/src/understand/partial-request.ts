import { Nouns } from "../nouns.ts";
import type { Leftover } from "../program.ts";
import type { Reading } from "../reading.ts";
import type { Firing } from "../triggers/firing.ts";
import type { Clause } from "./clauses.ts";
import type { Coverage } from "./coverage.ts";
import { Structure } from "./structure.ts";
import { NamedTrigger } from "./trigger.ts";

/**
 * The request as the clauses so far have said it. The readers of clauses in clause/ share it. Of a clause that a reader understands, it
 * claims exactly the words that a recogniser took. Any other word is a leftover.
 */
export class PartialRequest {
  readonly coverage: Coverage;
  readonly trigger: NamedTrigger;
  readonly structure: Structure = new Structure();
  readonly nouns: Nouns = new Nouns();
  /** Words with two meanings. */
  readonly doubts: Leftover[] = [];
  /** The previous clause was only the word "then". */
  isAfterThen = false;
  /** Index of the sentence with the last step; -1 before the first step. */
  stepSentence = -1;
  /** Index of the first item of the sentence with the last step. */
  sentenceStart = 0;
  /** "If it fails, retry 3 times": what follows may be meant for the last failure only. */
  retriedFailure: Clause | undefined;

  /** `firing`: when the schedule of the whole request starts runs, if it says so. */
  constructor(coverage: Coverage, firing: Firing | undefined) {
    this.coverage = coverage;
    this.trigger = new NamedTrigger(firing);
  }

  /** Claims the clause's connector, and the words that the readings took. */
  claim({ connectorSpan }: Clause, ...readings: readonly Reading[]): void {
    this.coverage.claim(connectorSpan, ...readings.flatMap(({ taken }) => taken));
  }

  /** The clause is understood, and has the two meanings of `why`. */
  doubt({ text, span, connectorSpan }: Clause, why: string): void {
    this.coverage.claim(span, connectorSpan);
    this.doubts.push({ words: text, why, binding: true });
  }

  /** Whether a step of the clause may belong to the case before it, or to each case. */
  isUnsure({ sentence, setOff, connector }: Clause): boolean {
    if (sentence !== this.stepSentence) return this.structure.isBehindCase();
    const goesOn = setOff === "and" || (setOff === "nothing" && connector === "none");
    return !goesOn && this.structure.isBehindEffectOfCase();
  }
}
