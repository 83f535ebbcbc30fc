import type { Clock } from "@agent-team/foundation/clock";
import type { Model, ModelError } from "./model.ts";

/** A model whose key is refused or whose account is empty is asked again after this time: its owner may have changed that. */
const REST_MS = 600_000;

/** The models that are not asked for a while, because their key is refused or their account is empty. */
export class RestingModels {
  readonly #clock: Clock;
  readonly #untilMs = new Map<Model, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  has(model: Model): boolean {
    return (this.#untilMs.get(model) ?? 0) > this.#clock.now();
  }

  didAnswer(model: Model): void {
    this.#untilMs.delete(model);
  }

  /** Whether the fault is news: a refused key is one only until the model has answered again. */
  didFail(model: Model, { fault }: ModelError): boolean {
    if (fault !== "key-refused" && fault !== "quota-exhausted") return true;
    const isKnown = this.#untilMs.has(model);
    this.#untilMs.set(model, this.#clock.now() + REST_MS);
    return !isKnown;
  }
}
