import { NodeType } from "@agent-team/contracts";
import { formatDuration, takeDuration } from "../duration.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const APPROVAL =
  "(?:my |our |an |a |the |manual |human )*(?:approval|permission|confirmation|sign-off|okay|ok|go-ahead|green light)";
const DECIDE = "(?:approve|confirm|decide|check|sign off)";
const ASKED = new RegExp(
  `^(?:(?:ask (?:me |us )?for|require|request|get|need|wait for) ${APPROVAL}|wait until (?:i|we) (?:approve|confirm|agree)|ask (?:me|us) to ${DECIDE}|let (?:me|us) ${DECIDE}|ask (?:me|us)(?= first))(?: (?:it|this|that|them|manually))*(?![\\p{L}\\p{N}])`,
  "iu",
);

const EXPIRY = /\b(?:within|for up to|at most)(?= )/i;

/** "ask me to approve", "wait for my approval within 2 hours". */
export function approval(reading: Reading): Step | undefined {
  if (reading.take(ASKED) === undefined) return undefined;
  const expiresAfterSeconds = reading.take(EXPIRY) === undefined ? undefined : takeDuration(reading);
  const limit = expiresAfterSeconds === undefined ? "" : `, for up to ${formatDuration(expiresAfterSeconds)}`;
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
