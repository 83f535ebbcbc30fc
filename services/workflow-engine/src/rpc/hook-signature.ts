// The signatures that senders of webhooks put over the bytes of a request.
import { createHmac, timingSafeEqual } from "node:crypto";
import type { FireWebhookRequest } from "@agent-team/contracts";
import { Code, type ConnectError } from "@connectrpc/connect";
import type { HookSignature } from "../nodes/webhook.ts";
import { rpcError } from "./errors.ts";

type SignedRequest = Pick<FireWebhookRequest, "headers" | "body">;

/** How far the sender's clock and ours may be apart, as Slack and Stripe advise: an older request is a repeat by somebody else. */
const MAX_AGE_SECONDS = 300;

/** @throws PERMISSION_DENIED for a signature that is missing, wrong or too old; the message says what was expected */
export function checkSignature(
  request: SignedRequest,
  { scheme, header }: HookSignature,
  secret: string,
  nowMs: number,
): void {
  const problem = PROBLEM_OF[scheme]({ request, header, secret, nowSeconds: nowMs / 1_000 });
  if (problem === undefined) return;
  throw refused(problem);
}

function refused(problem: string): ConnectError {
  return rpcError(
    Code.PermissionDenied,
    "SIGNATURE_MISMATCH",
    `the signature of this webhook does not hold: ${problem}`,
  );
}

interface Given {
  readonly request: SignedRequest;
  readonly header: string | undefined;
  readonly secret: string;
  readonly nowSeconds: number;
}

const PROBLEM_OF: Readonly<Record<HookSignature["scheme"], (given: Given) => string | undefined>> = {
  github: ({ request, secret }) => problemOfHeader(request, "x-hub-signature-256", secret),
  "hmac-sha256": ({ request, header = "x-signature-256", secret }) => problemOfHeader(request, header, secret),
  slack: slackProblem,
  stripe: stripeProblem,
};

/** `sha256=` and hexadecimal digits, or these or base64 alone. */
function problemOfHeader({ headers, body }: SignedRequest, header: string, secret: string): string | undefined {
  const given = headers[header.toLowerCase()]?.trim().replace(/^sha256=/i, "");
  if (given === undefined) return `expected the header ${header}`;
  const mac = createHmac("sha256", secret).update(body).digest();
  const holds = [mac.toString("hex"), mac.toString("base64")].some((text) => isSame(given, text, text.length === 64));
  return holds ? undefined : `${header} is not the HMAC-SHA256 of this body with the secret of this workflow`;
}

/** https://docs.slack.dev/authentication/verifying-requests-from-slack: `v0:timestamp:body`. */
function slackProblem({ request: { headers, body }, secret, nowSeconds }: Given): string | undefined {
  const time = headers["x-slack-request-timestamp"] ?? "";
  const given = headers["x-slack-signature"];
  if (given === undefined || !/^\d{1,12}$/.test(time)) {
    return "expected the headers x-slack-signature and x-slack-request-timestamp";
  }
  if (Math.abs(nowSeconds - Number(time)) > MAX_AGE_SECONDS)
    return "x-slack-request-timestamp is more than 5 minutes off";
  const mac = createHmac("sha256", secret).update(`v0:${time}:`).update(body).digest("hex");
  return isSame(given, `v0=${mac}`, true) ? undefined : "x-slack-signature is not that of this body";
}

/** https://docs.stripe.com/webhooks#verify-manually: `t=…,v1=…`, several v1 while a secret is replaced; over `timestamp.body`. */
function stripeProblem({ request: { headers, body }, secret, nowSeconds }: Given): string | undefined {
  const parts = (headers["stripe-signature"] ?? "").split(",").map((part) => part.trim());
  const valuesOf = (key: string): readonly string[] =>
    parts.flatMap((part) => (part.startsWith(`${key}=`) ? [part.slice(key.length + 1)] : []));
  const [time = ""] = valuesOf("t");
  if (!/^\d{1,12}$/.test(time)) return "expected the header stripe-signature";
  if (Math.abs(nowSeconds - Number(time)) > MAX_AGE_SECONDS) return "its time is more than 5 minutes off";
  const mac = createHmac("sha256", secret).update(`${time}.`).update(body).digest("hex");
  return valuesOf("v1").some((given) => isSame(given, mac, true))
    ? undefined
    : "stripe-signature is not that of this body";
}

/** In constant time. `ignoresCase`: for hexadecimal digits. */
function isSame(given: string, expected: string, ignoresCase: boolean): boolean {
  const [a, b] = [ignoresCase ? given.toLowerCase() : given, expected].map((text) => Buffer.from(text)) as [
    Buffer,
    Buffer,
  ];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
