import type { Step } from "../program.ts";
import type { Firing } from "../triggers/firing.ts";
import { schedule } from "../triggers/schedule.ts";
import { unknownTrigger } from "../triggers/unknown.ts";
import { completes, mergeWhen, type When } from "../triggers/when.ts";

/** The trigger that a request has named so far. A workflow has one; words about a second one are leftovers. */
export class NamedTrigger {
  readonly #firing: Firing | undefined;
  #when: When | undefined;
  #step: Step | undefined;
  #unknown: string | undefined;

  constructor(firing: Firing | undefined) {
    this.#firing = firing;
  }

  /** The trigger, unless it has a kind that this version does not know. */
  get known(): Step | undefined {
    if (this.#step !== undefined || this.#when === undefined) return this.#step;
    return schedule({ ...this.#when, firing: this.#firing });
  }

  /** The words of a trigger that this version does not know. */
  get unknown(): string | undefined {
    return this.#unknown;
  }

  /** The trigger, or the question which one it is. */
  get step(): Step | undefined {
    return this.known ?? (this.#unknown === undefined ? undefined : unknownTrigger(this.#unknown));
  }

  /** Sets a trigger other than a schedule. */
  set(step: Step): void {
    this.#step = step;
  }

  /** Sets a schedule, or adds what the schedule before lacks. Returns false if the trigger is another one. */
  schedule(when: When): boolean {
    if (this.#step !== undefined) return false;
    if (this.#when !== undefined && !completes(this.#when, when)) return false;
    this.#when = this.#when === undefined ? when : mergeWhen(this.#when, when);
    return true;
  }

  /** Sets the words to ask about, unless other words are asked about already. */
  ask(words: string): void {
    this.#unknown ??= words;
  }
}
