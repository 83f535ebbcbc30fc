import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { DESCRIBED_IT, UNSUPPORTED } from "../lexicon.ts";
import { type Hole, jsonata, type Scope, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";
import { nameOfUrl, takeBareHost, takeUrl } from "../url.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `asks`: said without a URL the verb still means a request. "Remove duplicates" does not. */
const VERBS: readonly { readonly verb: RegExp; readonly method: Method; readonly asks: boolean }[] = [
  { verb: /^(?:fetch|get|download|load|pull|retrieve)\b/i, method: "GET", asks: true },
  { verb: /^(?:call|check|ping|query|read|request)\b/i, method: "GET", asks: false },
  { verb: /^(?:post|send|submit|push|upload)\b/i, method: "POST", asks: true },
  { verb: /^put\b/i, method: "PUT", asks: false },
  { verb: /^patch\b/i, method: "PATCH", asks: false },
  { verb: /^(?:delete|remove)\b/i, method: "DELETE", asks: false },
];

const NAMED_METHOD = /^(?:(?:make|do|send|issue) )?(?:an? )?(get|post|put|patch|delete) request(?: to)?\b/i;

/** What is sent: words or JSON of the person's own, "it", or whatever "it" is if there is such a thing. */
type Body =
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "it" }
  | { readonly kind: "it-if-any" }
  | { readonly kind: "none" };

interface Request {
  readonly method: Method;
  readonly url?: string | undefined;
  readonly body: Body;
  /** A URL the person may have meant. */
  readonly suggestion?: string | undefined;
}

/** "fetch https://…", "POST it to https://…", 'put {"a":1} to https://…'. */
export function httpRequest(reading: Reading): Step | undefined {
  const named = reading.take(NAMED_METHOD)?.[1]?.toUpperCase() as Method | undefined;
  const verb = named === undefined ? VERBS.find(({ verb }) => reading.has(verb)) : undefined;
  if (verb !== undefined) reading.take(verb.verb);
  const method = named ?? verb?.method;
  if (method === undefined) return undefined;
  const url = takeUrl(reading);
  const suggestion = url === undefined ? takeBareHost(reading) : undefined;
  // "Remove duplicates" and "send me an email" mean something that no request does.
  const means = verb?.asks !== false && !reading.has(UNSUPPORTED);
  if (url === undefined && suggestion === undefined && !means) return undefined;
  return request({ method, url, suggestion, body: takeBody(reading, method) });
}

/** Fetches a URL that an answer named. */
export function fetchUrl(answer: Reading): Step | undefined {
  const url = takeUrl(answer);
  return url === undefined ? undefined : request({ method: "GET", url, body: { kind: "none" } });
}

function takeBody(reading: Reading, method: Method): Body {
  const described = reading.take(DESCRIBED_IT) !== undefined;
  if (method === "GET" || method === "DELETE") return { kind: "none" };
  const json = reading.take(/\{[^{}]*\}/);
  if (json !== undefined) return { kind: "literal", value: parseJson(json[0]) };
  const text = reading.take(/"([^"]*)"/)?.[1];
  if (text !== undefined) return { kind: "literal", value: text };
  return described || reading.has(/\b(?:it|them|this|that|everything|result|results|response|data)\b/i)
    ? { kind: "it" }
    : { kind: "it-if-any" };
}

/** Text that only looks like JSON is sent as the text it is. */
function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}

function request(request: Request): Step {
  const { method, url, body } = request;
  const place = url === undefined ? "" : nameOfUrl(url);
  return {
    type: NodeType.ACTION,
    subtype: "HTTP_REQUEST",
    name: `${method === "GET" ? "Fetch" : method} ${place}`.trim(),
    sentence: (scope) => sentence(request, scope),
    // What was sent away is still "it": "post it to A, then post it to B".
    yields: body.kind === "none" || body.kind === "literal" ? "body" : "nothing",
    reads: body.kind === "it",
    hole: url === undefined ? missingUrl(request) : undefined,
    configuration: (scope) => ({ configuration: { method, url: url ?? "", ...bodyOf(body, scope) } }),
  };
}

function bodyOf(body: Body, { it }: Scope): { readonly body?: JsonValue } {
  if (body.kind === "literal") return { body: body.value };
  return body.kind === "none" || it === undefined ? {} : { body: jsonata(it) };
}

function sentence({ method, url, body }: Request, { it }: Scope): string {
  if (method === "GET") return `Fetch ${url}`;
  if (body.kind === "literal") return `${method} ${JSON.stringify(body.value)} to ${url}`;
  if (body.kind === "none") return `${method} ${url}`;
  return it === undefined ? `${method} to ${url}` : `${method} it to ${url}`;
}

function missingUrl(missing: Request): Hole<Step> {
  const suggestion = missing.suggestion;
  return {
    slot: "url",
    question:
      missing.method === "GET"
        ? "Which URL should it fetch? It starts with http:// or https://."
        : `Which URL should it ${missing.method} to? It starts with http:// or https://.`,
    options: suggestion === undefined ? [] : [suggestion],
    fill(answer) {
      const url = takeUrl(answer);
      return url === undefined ? undefined : request({ ...missing, url });
    },
  };
}
