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
const RECOGNISERS: readonly ((reading: Reading) => Step | undefined)[] = [
  approval,
  slack,
  delay,
  transform,
  generate,
  httpRequest,
];

/** What people say before they say what they want. */
const COURTESY =
  /^(?:(?:please|kindly|so|just|now|also|first|to|(?:i|we) (?:want|need|wish|would like|'d like)|i'd like|(?:can|could|would|will|should) (?:you|it|we)|you (?:should|must)|it (?:should|must)|(?:build|create|make|set up|draft) (?:me )?an? (?:\S+ )?(?:workflow|automation|flow) (?:that|which|to)) )+/i;

/** Reads one clause as one step, with the words that found no place in it. */
export function readStep(text: string): { readonly step: Step; readonly leftover: readonly string[] } | undefined {
  for (const recognise of RECOGNISERS) {
    const reading = new Reading(text.replace(COURTESY, ""));
    const step = recognise(reading);
    if (step !== undefined) return { step, leftover: reading.leftover() };
  }
  return undefined;
}
