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
 * In this order: "wait for approval" must not match as a wait, nor "send it to Slack" and "get my approval" as a request.
 * The request is last because its verbs are the most common words.
 */
const RECOGNISERS: readonly ((reading: Reading, nouns: Nouns) => Step | undefined)[] = [
  approval,
  generate,
  slack,
  delay,
  transform,
  httpRequest,
];

/** Polite words before the request itself. */
const COURTESY =
  /^(?:(?:please|kindly|so|just|now|also|to|hello|hi|hey|(?:i|we) (?:want|need|wish|would like|'d like)(?: you)?|i'd like|(?:can|could|would|will|should) (?:you|it|we)|you (?:should|must)|it (?:should|must)|(?:i (?:want|need) |i'd like |build |create |make |set up |draft )(?:me )?an? (?:new |small |simple )?(?:workflow|automation|flow) (?:that|which|to)),? )+/i;

/**
 * Reads a clause as one step. Words that the returned reading has not taken are not understood. `mayBeFirst`: no step with
 * an effect comes before it, so that "first" has its usual meaning.
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
