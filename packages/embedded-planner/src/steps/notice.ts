import type { JsonObject } from "@bufbuild/protobuf";
import type { Hole } from "../program.ts";
import type { Reading } from "../reading.ts";
import { takeUrl } from "../url.ts";

/** Who is told that an approval waits: a channel of Slack, or a URL that gets the notice. */
export type Notice =
  | { readonly by: "slack"; readonly channel?: string | undefined; readonly url?: string | undefined }
  | { readonly by: "webhook"; readonly url?: string | undefined };

/** A channel of Slack, as the source of a regular expression with its name as the group. */
export const CHANNEL = "(?:the )?(?<![\\p{L}\\p{N}])(#[\\p{L}\\p{N}_-]{1,80})(?: channel)?";
const SLACK =
  /\b(?:in|on|via|through|over|by|with|using) (?:an? |the |my |our )?slack\b(?: (?:channel|message|notification|webhook))*/i;
const IN_CHANNEL = new RegExp(`(?:(?:in|on|to|via) )?${CHANNEL}`, "iu");
const WEBHOOK =
  /\b(?:via|through|over|by|with|using) (?:an? |the |my |our )?(?:webhook|hook|http request)\b(?: (?:at|to))?/i;
const SENT_TO = /\b(?:via|through)(?= https?:\/\/)/i;
const SLACK_HOST = "https://hooks.slack.com/";

/** Takes "in Slack", "in #ops", "via the webhook https://…" of an approval. `asked`: the channel that the words before name. */
export function takeNotice(reading: Reading, asked: string | undefined): Notice | undefined {
  const inSlack = reading.take(SLACK) !== undefined;
  const channel = asked ?? reading.take(IN_CHANNEL)?.[1];
  const byWebhook = !inSlack && channel === undefined && reading.take(WEBHOOK) !== undefined;
  if (!inSlack && channel === undefined && !byWebhook && !reading.has(SENT_TO)) return undefined;
  const url = takeUrl(reading);
  reading.take(SENT_TO);
  if (inSlack || channel !== undefined || url?.startsWith(SLACK_HOST) === true) return { by: "slack", channel, url };
  return { by: "webhook", url };
}

/** The question for the URL of a notice; `complete` makes the approval with it. */
export function missingUrlOf<Filled>(notice: Notice, complete: (whole: Notice) => Filled): Hole<Filled> | undefined {
  if (notice.by !== "webhook" || notice.url !== undefined) return undefined;
  return {
    slot: "url",
    question: "Which URL should get the notice of the approval? It starts with http:// or https://.",
    options: [],
    fill(answer) {
      const url = takeUrl(answer);
      return url === undefined ? undefined : complete({ ...notice, url });
    },
  };
}

/** The part of the approval's configuration, and what a person must still fill in: only the owner of a channel has its webhook URL. */
export function noticeFields(notice: Notice | undefined): {
  readonly fields: JsonObject;
  readonly needsInput: readonly string[];
} {
  if (notice === undefined) return { fields: {}, needsInput: [] };
  const name = notice.by === "slack" ? "slack_webhook_url" : "webhook_url";
  return notice.url === undefined
    ? { fields: {}, needsInput: [`/${name}`] }
    : { fields: { [name]: notice.url }, needsInput: [] };
}

/** " in Slack #ops"; empty without a notice. */
export function describeNotice(notice: Notice | undefined): string {
  if (notice === undefined) return "";
  if (notice.by === "slack") return ` in Slack${notice.channel === undefined ? "" : ` ${notice.channel}`}`;
  return ` by a notice to ${notice.url ?? ""}`;
}
