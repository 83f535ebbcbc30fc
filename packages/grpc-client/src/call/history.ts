import type { EndpointKey } from "../endpoint.ts";
import type { Outcome } from "../outcome.ts";

const NONE: readonly EndpointKey[] = [];

/** What has become of a call's attempts: the rules for the next one ask for it. */
export class History {
  /** Endpoints of the attempts in this round. A round ends when a call comes to an endpoint again. */
  tried: readonly EndpointKey[] = NONE;
  /** All attempts. */
  opened = 0;
  /** Ended attempts that the server may have processed, that it refused, and that were not sent. */
  attempts = 0;
  refusals = 0;
  unsent = 0;

  didOpen(key: EndpointKey): void {
    this.opened++;
    // An array that grows from nothing reserves room for 17, and most calls have one attempt.
    this.tried = this.tried.includes(key) ? [key] : [...this.tried, key];
  }

  didEnd(outcome: Outcome): void {
    if (outcome.class === "refused") this.refusals++;
    else if (outcome.class === "not-sent") this.unsent++;
    else this.attempts++;
  }
}
