import { NodeType } from "@agent-team/contracts";
import { formatDuration, takeDuration } from "../duration.ts";
import type { Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { CHANNEL, describeNotice, missingUrlOf, type Notice, noticeFields, takeNotice } from "./notice.ts";

const APPROVAL =
  "(?:my |our |an |a |the |manual |human )*(?:approval|permission|confirmation|sign-off|okay|ok|go-ahead|green light)";
const DECIDE = "(?:approve|confirm|decide|check|sign off)";
/** A channel is told; who in it decides is not asked. */
const WHO = `(?:me|us|${CHANNEL})`;
const ASKED = new RegExp(
  `^(?:(?:ask (?:me |us )?for|require|request|get|need|wait for) ${APPROVAL}|ask ${WHO} for ${APPROVAL}|wait until (?:i|we) (?:approve|confirm|agree)|ask ${WHO} to ${DECIDE}|let ${WHO} ${DECIDE}|ask (?:me|us)(?= first))(?: (?:it|this|that|them|manually))*(?![\\p{L}\\p{N}])`,
  "iu",
);
const FROM_CHANNEL = new RegExp(`(?<![\\p{L}\\p{N}])(?:from|of|by) ${CHANNEL}`, "iu");

const EXPIRY = /\b(?:within|for up to|at most)(?= )/i;

/** An approval as it was asked for. */
interface Asked {
  readonly expiresAfterSeconds?: number | undefined;
  /** Default: the one who asked, in the chat and by the API alone. */
  readonly notice?: Notice | undefined;
}

/** "ask me to approve", "wait for my approval within 2 hours", "ask #ops for approval in Slack". */
export function approval(reading: Reading): Step | undefined {
  const asked = reading.take(ASKED);
  if (asked === undefined) return undefined;
  const expiresAfterSeconds = reading.take(EXPIRY) === undefined ? undefined : takeDuration(reading);
  const channel = asked.slice(1).find((group) => group !== undefined) ?? reading.take(FROM_CHANNEL)?.[1];
  return approvalOf({ expiresAfterSeconds, notice: takeNotice(reading, channel) });
}

function approvalOf(asked: Asked): Step {
  const { expiresAfterSeconds, notice } = asked;
  const limit = expiresAfterSeconds === undefined ? "" : `, for up to ${formatDuration(expiresAfterSeconds)}`;
  const how = notice === undefined ? "Ask you to approve" : `Ask for approval${describeNotice(notice)}, with a link`;
  return {
    type: NodeType.HUMAN_IN_THE_LOOP,
    subtype: "APPROVAL",
    name: `Ask for approval${notice?.by === "slack" ? describeNotice(notice) : ""}`,
    sentence: () => `${how}${limit}; it goes on only ${notice === undefined ? "when you do" : "after it is given"}`,
    yields: "nothing",
    reads: false,
    hole: notice && missingUrlOf(notice, (whole) => approvalOf({ ...asked, notice: whole })),
    configuration: ({ next }) => {
      const { fields, needsInput } = noticeFields(notice);
      return {
        configuration: {
          prompt: next === undefined ? "Do you approve?" : `Do you approve the next step: ${next}?`,
          ...(expiresAfterSeconds === undefined ? {} : { expires_after_seconds: expiresAfterSeconds }),
          ...fields,
        },
        needsInput,
      };
    },
  };
}
