// What senders of webhooks put into a request.
import type { FireWebhookRequest } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { badRequest } from "./errors.ts";

type HookRequest = Pick<FireWebhookRequest, "method" | "query" | "headers" | "body">;

const JSON_TYPE = /^application\/([a-z0-9.+-]+\+)?json\b/i;
const FORM_TYPE = /^application\/x-www-form-urlencoded\b/i;

/** Idempotency-Key, Standard Webhooks, GitHub. Slack and Stripe have the id in the body. */
const DELIVERY_HEADERS: readonly string[] = ["idempotency-key", "webhook-id", "x-github-delivery"];

/** Credentials of the sender for the way to us; the events of a run contain none. */
const CREDENTIAL_HEADERS: readonly string[] = ["authorization", "cookie", "proxy-authorization", "x-api-key"];

/**
 * The body by its content type: JSON, a form as an object of texts, otherwise text; null when there is none.
 *
 * @throws INVALID_ARGUMENT for broken JSON, and for a body that is not UTF-8
 */
export function parseBody({ headers, body }: HookRequest): JsonValue {
  if (body.byteLength === 0) return null;
  const text = decode(body);
  const type = headers["content-type"] ?? "";
  if (FORM_TYPE.test(type)) return Object.fromEntries(new URLSearchParams(text));
  if (!JSON_TYPE.test(type)) return text;
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw badRequest("body", `expected JSON: ${(error as Error).message}`);
  }
}

function decode(body: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(body);
  } catch {
    throw badRequest("body", "expected UTF-8"); // a TypeError without details
  }
}

/** What a sender expects back before it sends events; `undefined` for an event. */
export function challengeOf({ method, query }: HookRequest, body: JsonValue): string | undefined {
  if (method === "GET") return new URLSearchParams(query).get("hub.challenge") ?? undefined; // WebSub, Meta
  if (member(body, "type") !== "url_verification") return undefined; // Slack
  const challenge = member(body, "challenge");
  return typeof challenge === "string" ? challenge : undefined;
}

/** By which the sender recognises a repeat of a delivery; `undefined` when it gives none. */
export function deliveryIdOf({ headers }: HookRequest, body: JsonValue): string | undefined {
  for (const name of DELIVERY_HEADERS) {
    const id = headers[name];
    if (id !== undefined && id !== "") return `${name}:${id}`;
  }
  const slack = member(body, "event_id");
  if (typeof slack === "string") return `event_id:${slack}`;
  const stripe = member(body, "object") === "event" ? member(body, "id") : undefined;
  return typeof stripe === "string" ? `id:${stripe}` : undefined;
}

/** The whole request as a value for expressions. */
export function requestOf({ method, query, headers, body: raw }: HookRequest, body: JsonValue): JsonValue {
  const shown = Object.entries(headers).filter(([name]) => !CREDENTIAL_HEADERS.includes(name));
  return {
    method,
    query: Object.fromEntries(new URLSearchParams(query)),
    headers: Object.fromEntries(shown),
    body,
    raw_body: decode(raw),
  };
}

function member(value: JsonValue, name: string): JsonValue | undefined {
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  return isObject && Object.hasOwn(value, name) ? value[name] : undefined;
}
