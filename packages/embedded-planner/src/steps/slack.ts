import { NodeType } from "@agent-team/contracts";
import { FIELD_LIST, fieldPath, quoteText, readFieldList } from "../fields.ts";
import type { Nouns } from "../nouns.ts";
import { jsonata, type Scope, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { takeUrl } from "../url.ts";

const CHANNEL = /(?:(?:to|in|on|into) )?(?:the )?(?<![\p{L}\p{N}])(#[\p{L}\p{N}_-]{1,80})(?: channel)?/iu;
const SLACK =
  /(?:(?:to|in|on|into|via|through|using) )?(?:a |the |my |our )?\bslack\b(?: (?:channel|incoming|webhook|message))*/i;
const VERB = /^(?:post|send|tell|notify|alert|message|publish|push)\b/i;
const QUOTED = /(?:(?:saying|that|with the text|the message|the text) )?(?:"([^"]+)"|'([^']+)')/i;
const SLACK_HOOK = /https:\/\/hooks\.slack\.com\/|\bwebhook(?: at| url)? https?:\/\//i;
const MESSAGE = /\b(?:an? )?(?:short )?(?:message|note|notification)s?\b/i;
const FIELDS = new RegExp(`\\b(?:with|containing) (${FIELD_LIST})(?! [\\p{L}\\p{N}])`, "iu");
const PLACEHOLDER = /[{}<>]|\$\w|%\w/;
const SAYING = /\b(?:saying|that)(?: that)? (.{1,500})$/i;

/** A message to post; without a text the message is "it". */
interface Message {
  readonly text?: string | undefined;
  /** Fields of "it" that the message lists. */
  readonly fields?: readonly string[] | undefined;
  readonly channel?: string | undefined;
  readonly webhookUrl?: string | undefined;
}

/** "post it to Slack", "tell #ops that orders are late", 'send "done" to Slack'. */
export function slack(reading: Reading, nouns: Nouns): Step | undefined {
  if (!reading.has(SLACK) && !reading.has(CHANNEL)) return undefined;
  if (!reading.skip(VERB)) return undefined;
  const quoted = reading.take(QUOTED);
  // Any other URL is not a place for a Slack message.
  const webhookUrl = reading.has(SLACK_HOOK) ? takeUrl(reading) : undefined;
  const channel = reading.take(CHANNEL)?.[1];
  reading.take(SLACK);
  reading.take(MESSAGE);
  const text = quoted?.[1] ?? quoted?.[2] ?? reading.take(SAYING)?.[1]?.trim();
  // Nothing fills in such a placeholder: Slack would show it as it is.
  if (text !== undefined && PLACEHOLDER.test(text)) return undefined;
  const fields = text === undefined ? reading.take(FIELDS)?.[1] : undefined;
  if (text === undefined && fields === undefined) nouns.takeIt(reading);
  return post({ text, fields: fields === undefined ? undefined : readFieldList(fields), channel, webhookUrl });
}

function post(message: Message): Step {
  const { text, fields, channel, webhookUrl } = message;
  const place = channel === undefined ? "Slack" : `Slack ${channel}`;
  return {
    type: NodeType.EXTERNAL_ACTION,
    subtype: "SLACK",
    name: `Post to ${place}`,
    sentence: ({ itIs = "it" }) =>
      `Post ${text === undefined ? (fields?.join(", ") ?? itIs) : `"${text}"`} to ${place}`,
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
        text: text ?? jsonata(fields === undefined ? `$string(${it ?? "input"})` : listed(fields, it)),
      },
      // Only the owner of the channel has its webhook URL, and the draft is complete without it.
      needsInput: webhookUrl === undefined ? ["/webhook_url"] : [],
    }),
  };
}

/** "name: Ada, email: ada@example.com". */
function listed(fields: readonly string[], it: Scope["it"]): string {
  const parts = fields.map((field) => `${quoteText(`${field}: `)} & $string(${fieldPath(it ?? "input", field)})`);
  return parts.join(' & ", " & ');
}
