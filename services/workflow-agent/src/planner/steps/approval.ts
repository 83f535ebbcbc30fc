import { NodeType } from "@agent-team/contracts";
import { sayDuration, takeDuration } from "../duration.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const ASKED =
  /\b(?:(?:ask|require|request|get|wait|need)(?: (?:me|us|for|my|our|a|an|the|manual|human|until))* (?:approval|permission|confirmation|sign-off|to (?:approve|confirm|decide|check|sign off)|i (?:approve|confirm|agree)|first|before\b.*)(?: (?:it|this|that|them|first|manually))*|let me (?:approve|confirm|decide|check)(?: (?:it|this|that|them|first))*)/i;

const EXPIRY = /\b(?:within|for up to|at most)(?= )/i;

/** "ask me to approve", "wait for my approval within 2 hours". */
export function approval(reading: Reading): Step | undefined {
  if (reading.take(ASKED) === undefined) return undefined;
  const expiresAfterSeconds = reading.take(EXPIRY) === undefined ? undefined : takeDuration(reading);
  const limit = expiresAfterSeconds === undefined ? "" : `, for up to ${sayDuration(expiresAfterSeconds)}`;
  return {
    type: NodeType.HUMAN_IN_THE_LOOP,
    subtype: "APPROVAL",
    name: "Ask for approval",
    sentence: () => `Ask you to approve${limit}; it goes on only when you do`,
    yields: "nothing",
    reads: false,
    configuration: ({ next }) => ({
      configuration: {
        prompt: next === undefined ? "Do you approve?" : `Do you approve the next step: ${next}?`,
        ...(expiresAfterSeconds === undefined ? {} : { expires_after_seconds: expiresAfterSeconds }),
      },
    }),
  };
}
