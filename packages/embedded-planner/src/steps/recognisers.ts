import type { Nouns } from "../nouns.ts";
import type { Step } from "../program.ts";
import { Reading } from "../reading.ts";
import { approval } from "./approval.ts";
import { delay } from "./delay.ts";
import { generate } from "./generate.ts";
import { httpRequest } from "./http-request.ts";
import { slack } from "./slack.ts";
import { transform } from "./transform.ts";

/**
 * Tries in this order: "wait for approval" is no wait, "send it to Slack" no request, and "get my approval" neither.
 * A request comes last because its verbs are the most common words.
 */
const RECOGNISERS: readonly ((reading: Reading, nouns: Nouns) => Step | undefined)[] = [
  approval,
  generate,
  slack,
  delay,
  transform,
  httpRequest,
];

/** What people say before they say what they want. */
const COURTESY =
  /^(?:(?:please|kindly|so|just|now|also|to|hello|hi|hey|(?:i|we) (?:want|need|wish|would like|'d like)(?: you)?|i'd like|(?:can|could|would|will|should) (?:you|it|we)|you (?:should|must)|it (?:should|must)|(?:i (?:want|need) |i'd like |build |create |make |set up |draft )(?:me )?an? (?:new |small |simple )?(?:workflow|automation|flow) (?:that|which|to)),? )+/i;

/**
 * Reads one clause as one step. What it has not taken of the clause is not understood. `mayBeFirst`: nothing has been
 * done before, so that "first" means what it says.
 */
export function readStep(
  text: string,
  offset: number,
  nouns: Nouns,
  mayBeFirst: boolean,
): { readonly step: Step; readonly reading: Reading } | undefined {
  for (const recognise of RECOGNISERS) {
    const reading = new Reading(text, offset);
    reading.skip(COURTESY);
    if (mayBeFirst) reading.skip(/^first(?: of all)?,? /i);
    const step = recognise(reading, nouns);
    if (step === undefined) continue;
    if (mayBeFirst && step.subtype === "APPROVAL") reading.take(/\bfirst\b/i);
    return { step, reading };
  }
  return undefined;
}
