import { NodeType } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { UNSUPPORTED } from "../lexicon.ts";
import { type Nouns, takeAnyLabel, takeLabel } from "../nouns.ts";
import { type Hole, jsonata, type Scope, type Step } from "../program.ts";
import { Reading } from "../reading.ts";
import { nameOfUrl, takeBareHost, takeUrl } from "../url.ts";
import { type Credential, describeCredential, headersOf, missingOf, takeCredential } from "./credential.ts";

type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** `asks`: without a URL the verb still means a request. "Remove duplicates" does not. */
const VERBS: readonly { readonly verb: RegExp; readonly method: Method; readonly asks: boolean }[] = [
  { verb: /^(?:fetch|get|download|load|pull|retrieve)\b/i, method: "GET", asks: true },
  { verb: /^(?:call|check|ping|query|read|request)\b/i, method: "GET", asks: false },
  { verb: /^(?:post|send|submit|push|upload)\b/i, method: "POST", asks: true },
  { verb: /^put\b/i, method: "PUT", asks: false },
  { verb: /^patch\b/i, method: "PATCH", asks: false },
  { verb: /^(?:delete|remove)\b/i, method: "DELETE", asks: false },
];

const NAMED_METHOD = /^(?:(?:make|do|send|issue) )?(?:an? )?(get|post|put|patch|delete) request(?: to)?\b/i;

/** The body: text or JSON from the message, "it", or "it" if a step before yields data. */
type Body =
  | { readonly kind: "literal"; readonly value: JsonValue }
  | { readonly kind: "it" }
  | { readonly kind: "it-if-any" }
  | { readonly kind: "none" };

interface Request {
  readonly method: Method;
  readonly url?: string | undefined;
  readonly body: Body;
  /** The words for its content. */
  readonly nouns: readonly string[];
  readonly credential?: Credential | undefined;
  /** A URL the person may have meant. */
  readonly suggestion?: string | undefined;
}

/** "fetch https://…", "POST it to https://…", 'put {"a":1} to https://…'. */
export function httpRequest(reading: Reading, nouns: Nouns): Step | undefined {
  const named = reading.take(NAMED_METHOD)?.[1]?.toUpperCase() as Method | undefined;
  const verb = named === undefined ? VERBS.find(({ verb }) => reading.has(verb)) : undefined;
  if (verb !== undefined) reading.skip(verb.verb);
  const method = named ?? verb?.method;
  if (method === undefined) return undefined;
  const url = takeUrl(reading);
  const suggestion = url === undefined ? takeBareHost(reading) : undefined;
  const credential = takeCredential(reading);
  // "Remove duplicates" and "send me an email" do not mean an HTTP request.
  const means = verb?.asks !== false && !reading.has(UNSUPPORTED);
  if (url === undefined && suggestion === undefined && !means) return undefined;
  const fetches = method === "GET" || method === "DELETE";
  return requestTo({
    method,
    url,
    suggestion,
    credential,
    nouns: fetches ? takeNouns(reading, url) : [],
    body: fetches ? { kind: "none" } : takeBody(reading, nouns),
  });
}

/** Fetches the URL of an answer, or of "for each order in https://…". `nouns` learns the words of the URL. */
export function fetchFrom(answer: Reading, nouns?: Nouns): Step | undefined {
  const url = takeUrl(answer);
  if (url === undefined) return undefined;
  const step = requestTo({ method: "GET", url, nouns: takeLabel(new Reading(""), url), body: { kind: "none" } });
  nouns?.refer(step.nouns, true);
  return step;
}

function takeNouns(reading: Reading, url: string | undefined): readonly string[] {
  if (url !== undefined) return takeLabel(reading, url);
  const label = takeAnyLabel(reading);
  return label === undefined ? [] : [label];
}

function takeBody(reading: Reading, nouns: Nouns): Body {
  const json = takeJson(reading);
  if (json !== undefined) return { kind: "literal", value: json };
  const text = reading.take(/"([^"{}]*)"/)?.[1];
  if (text !== undefined) return { kind: "literal", value: text };
  return nouns.takeIt(reading) ? { kind: "it" } : { kind: "it-if-any" };
}

/** Takes a JSON object, from the first brace to the last one. Text that is not valid JSON is not taken. */
function takeJson(reading: Reading): JsonValue | undefined {
  const text = /\{.*\}/.exec(reading.rest())?.[0];
  if (text === undefined) return undefined;
  try {
    const value = JSON.parse(text) as JsonValue;
    reading.take(/\{.*\}/);
    return value;
  } catch {
    return undefined;
  }
}

function requestTo(request: Request): Step {
  const { method, url, body, credential } = request;
  const place = url === undefined ? "" : nameOfUrl(url);
  return {
    type: NodeType.ACTION,
    subtype: "HTTP_REQUEST",
    name: `${method === "GET" ? "Fetch" : method} ${place}`.trim(),
    sentence: (scope) => sentence(request, scope) + describeCredential(credential),
    // After "post it to A" the word "it" still means the same data: "post it to A, then post it to B".
    yields: body.kind === "none" || body.kind === "literal" ? "body" : "nothing",
    reads: body.kind === "it",
    nouns: request.nouns,
    hole: url === undefined ? missingUrl(request) : missingCredential(request),
    method,
    url,
    readdress: (other) => requestTo({ ...request, url: other }),
    configuration: (scope) => ({
      configuration: { method, url: url ?? "", ...headersOf(credential), ...bodyOf(body, scope) },
    }),
  };
}

function bodyOf(body: Body, { it }: Scope): { readonly body?: JsonValue } {
  if (body.kind === "literal") return { body: body.value };
  return body.kind === "none" || it === undefined ? {} : { body: jsonata(it) };
}

function sentence({ method, url, body }: Request, { it, itIs = "it" }: Scope): string {
  if (method === "GET") return `Fetch ${url}`;
  if (body.kind === "literal") return `${method} ${JSON.stringify(body.value)} to ${url}`;
  if (body.kind === "none") return `${method} ${url}`;
  return it === undefined ? `${method} to ${url}` : `${method} ${itIs} to ${url}`;
}

function missingCredential(request: Request): Hole<Step> | undefined {
  const { credential } = request;
  return credential && missingOf(credential, (whole) => requestTo({ ...request, credential: whole }));
}

function missingUrl(missing: Request): Hole<Step> {
  const suggestion = missing.suggestion;
  return {
    slot: "url",
    question:
      missing.method === "GET"
        ? `Which URL should it fetch${missing.nouns.map((noun) => ` for "${noun}"`).join("")}? It starts with http:// or https://.`
        : `Which URL should it ${missing.method} to? It starts with http:// or https://.`,
    options: suggestion === undefined ? [] : [suggestion],
    fill(answer) {
      const url = takeUrl(answer);
      return url === undefined ? undefined : requestTo({ ...missing, url });
    },
  };
}
