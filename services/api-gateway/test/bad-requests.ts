/** Bad requests, each with the response that it gets. */

export interface BadRequest {
  readonly what: string;
  readonly method?: string;
  /** Default: the messages of a conversation. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly status: number;
  readonly reason: string;
  /** Matches the problem's `detail`. */
  readonly detail: RegExp;
  /** The fields that the problem lists. */
  readonly fields?: readonly string[];
}

export const MESSAGES = "/v1/conversations/test-123/messages";

/** One for each kind of fault. None may reach a service. */
export const BAD_REQUESTS: readonly BadRequest[] = [
  {
    what: "malformed JSON",
    body: '{"message": "Hi" oops}',
    status: 400,
    reason: "MALFORMED_BODY",
    detail: /line 1, column 18: expected "," or "}", got "o"/,
  },
  {
    what: "a cut body",
    body: '{"message":\n "Hi',
    status: 400,
    reason: "MALFORMED_BODY",
    detail: /line 2, column 5: .* got the end/,
  },
  { what: "no body", body: "", status: 400, reason: "MALFORMED_BODY", detail: /line 1, column 1: expected a value/ },
  {
    what: "bytes that are not UTF-8",
    body: new Uint8Array([0x22, 0xff, 0x22]),
    status: 400,
    reason: "MALFORMED_BODY",
    detail: /UTF-8/,
  },
  { what: "a list for a body", body: "[1]", status: 400, reason: "INVALID_FIELD", detail: /JSON object/ },
  {
    what: "no message",
    body: "{}",
    status: 400,
    reason: "INVALID_FIELD",
    detail: /^message: expected a string$/,
    fields: ["message"],
  },
  {
    what: "a number for a message",
    body: '{"message":5}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /^message: expected a string$/,
    fields: ["message"],
  },
  {
    what: "an empty message",
    body: '{"message":""}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /not empty/,
    fields: ["message"],
  },
  {
    what: "a lone surrogate",
    body: '{"message":"\\ud800"}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /surrogate/,
    fields: ["message"],
  },
  {
    what: "a message over 8 KiB",
    body: JSON.stringify({ message: "ä".repeat(4_097) }),
    status: 400,
    reason: "INVALID_FIELD",
    detail: /at most 8192 bytes/,
    fields: ["message"],
  },
  {
    what: "a message of 1 MiB",
    body: JSON.stringify({ message: "x".repeat(1 << 20) }),
    status: 413,
    reason: "BODY_TOO_LARGE",
    detail: /524288 bytes/,
  },
  {
    what: "unknown fields and a bad one",
    body: '{"mesage":"Hi","request_id":7}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /^message: expected a string$/,
    fields: ["message", "request_id", "mesage"],
  },
  {
    what: "a form",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "message=Hi",
    status: 415,
    reason: "UNSUPPORTED_MEDIA_TYPE",
    detail: /got application\/x-www-form-urlencoded/,
  },
  {
    what: "another charset",
    headers: { "content-type": "application/json; charset=latin1" },
    body: "{}",
    status: 415,
    reason: "UNSUPPORTED_MEDIA_TYPE",
    detail: /latin1/,
  },
  {
    what: "a compressed body",
    headers: { "content-encoding": "gzip" },
    body: "{}",
    status: 415,
    reason: "UNSUPPORTED_MEDIA_TYPE",
    detail: /gzip/,
  },
  {
    what: "accept: application/json",
    headers: { accept: "application/json" },
    body: '{"message":"Hi"}',
    status: 406,
    reason: "NOT_ACCEPTABLE",
    detail: /text\/event-stream only/,
  },
  {
    what: "an event stream refused by q=0",
    headers: { accept: "text/event-stream;q=0" },
    body: '{"message":"Hi"}',
    status: 406,
    reason: "NOT_ACCEPTABLE",
    detail: /only/,
  },
  {
    what: "a bad conversation id",
    path: "/v1/conversations/a%2Fb/messages",
    body: '{"message":"Hi"}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /^id: expected 1 to 128 characters/,
    fields: ["id"],
  },
  {
    what: "an id that is too long",
    method: "GET",
    path: `/v1/workflows/${"x".repeat(129)}`,
    status: 400,
    reason: "INVALID_FIELD",
    detail: /128/,
    fields: ["id"],
  },
  {
    what: "broken percent-encoding",
    method: "GET",
    path: "/v1/runs/%zz",
    status: 400,
    reason: "INVALID_FIELD",
    detail: /128/,
    fields: ["id"],
  },
  {
    what: "an unknown route",
    method: "GET",
    path: "/v1/nowhere",
    status: 404,
    reason: "ROUTE_NOT_FOUND",
    detail: /^no route \/v1\/nowhere$/,
  },
  {
    what: "a wrong method",
    method: "GET",
    status: 405,
    reason: "METHOD_NOT_ALLOWED",
    detail: /^GET is not allowed here: expected POST$/,
  },
  {
    what: "a wrong page size",
    method: "GET",
    path: "/v1/runs?page_size=201",
    status: 400,
    reason: "INVALID_FIELD",
    detail: /from 0 to 200/,
    fields: ["page_size"],
  },
  {
    what: "an unknown state",
    method: "GET",
    path: "/v1/runs?state=DONE",
    status: 400,
    reason: "INVALID_FIELD",
    detail: /one of .*PENDING.*, FAILED/,
    fields: ["state"],
  },
  {
    what: "an unknown parameter",
    method: "GET",
    path: "/v1/workflows?pagesize=5",
    status: 400,
    reason: "INVALID_FIELD",
    detail: /unknown/,
    fields: ["pagesize"],
  },
  {
    what: "a wrong type deep in a spec",
    path: "/v1/workflows",
    body: spec({ nodes: [{ id: "a" }, { id: 5 }] }),
    status: 400,
    reason: "INVALID_FIELD",
    detail: /^spec\.nodes\[1\]\.id: expected a string, got 5$/,
    fields: ["spec.nodes[1].id"],
  },
  {
    what: "an unknown field of a bare spec",
    path: "/v1/workflows",
    body: '{"nodez":[]}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /unknown field/,
    fields: ["nodez"],
  },
  {
    what: "a prototype for a field",
    path: "/v1/workflows",
    body: '{"spec":{"__proto__":{"name":"x"}}}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /unknown field/,
    fields: ["spec.__proto__"],
  },
  {
    what: "null for a spec to validate",
    path: "/v1/workflows/validate",
    body: spec(null),
    status: 400,
    reason: "INVALID_FIELD",
    detail: /got null/,
    fields: ["spec"],
  },
  {
    what: "a draft of a bad conversation",
    path: "/v1/workflows",
    body: '{"conversation_id":"a/b"}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /128/,
    fields: ["conversation_id"],
  },
  {
    what: "another workflow in a run's body",
    path: "/v1/workflows/w/runs",
    body: '{"workflow_id":"x"}',
    status: 400,
    reason: "INVALID_FIELD",
    detail: /workflow_id: unknown field: the path has it/,
    fields: ["workflow_id"],
  },
  {
    what: "an input of 500 levels",
    path: "/v1/workflows/w/runs",
    body: `{"input":${"[".repeat(500)}${"]".repeat(500)}}`,
    status: 400,
    reason: "INVALID_FIELD",
    detail: /45 deep/,
    fields: ["input"],
  },
];

function spec(value: unknown): string {
  return JSON.stringify({ spec: value });
}
