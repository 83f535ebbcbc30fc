import { NodeType } from "@agent-team/contracts";
import { DESCRIBED_IT } from "../lexicon.ts";
import { jsonata, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { takeUrl } from "../url.ts";

const CHANNEL = /(?:(?:to|in|on|into) )?(?:the )?(?<![\p{L}\p{N}])(#[\p{L}\p{N}_-]{1,80})(?: channel)?/iu;
const SLACK =
  /(?:(?:to|in|on|into|via|through|using) )?(?:a |the |my |our )?\bslack\b(?: (?:channel|incoming|webhook|message))*/i;
const VERB = /^(?:post|send|tell|notify|alert|message|publish|push)\b/i;
const QUOTED = /(?:(?:saying|that|with the text|the message|the text) )?(?:"([^"]+)"|'([^']+)')/i;
const SAYING = /\b(?:saying|that)(?: that)? (.{1,500})$/i;

/** A message that the person worded; without a text the message is "it". */
interface Message {
  readonly text?: string | undefined;
  readonly channel?: string | undefined;
  readonly webhookUrl?: string | undefined;
}

/** "post it to Slack", "tell #ops that orders are late", 'send "done" to Slack'. */
export function slack(reading: Reading): Step | undefined {
  if (!reading.has(SLACK) && !reading.has(CHANNEL)) return undefined;
  if (reading.take(VERB) === undefined) return undefined;
  const quoted = reading.take(QUOTED);
  const webhookUrl = takeUrl(reading);
  const channel = reading.take(CHANNEL)?.[1];
  reading.take(SLACK);
  const text = quoted?.[1] ?? quoted?.[2] ?? reading.take(SAYING)?.[1]?.trim();
  if (text === undefined) reading.take(DESCRIBED_IT);
  return post({ text, channel, webhookUrl });
}

function post(message: Message): Step {
  const { text, channel, webhookUrl } = message;
  const place = channel === undefined ? "Slack" : `Slack ${channel}`;
  return {
    type: NodeType.EXTERNAL_ACTION,
    subtype: "SLACK",
    name: `Post to ${place}`,
    sentence: () => (text === undefined ? `Post it to ${place}` : `Post "${text}" to ${place}`),
    yields: "nothing",
    reads: text === undefined,
    withoutIt: {
      slot: "text",
      question: `What should the message to ${place} say?`,
      options: [],
      fill: (answer) => post({ ...message, text: answer.take(/.+/)?.[0] }),
    },
    configuration: ({ it }) => ({
      configuration: {
        ...(webhookUrl === undefined ? {} : { webhook_url: webhookUrl }),
        text: text ?? jsonata(`$string(${it ?? "input"})`),
      },
      // Only the channel's owner has its webhook, and the draft stands without it.
      needsInput: webhookUrl === undefined ? ["/webhook_url"] : [],
    }),
  };
}
