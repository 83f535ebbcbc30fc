/** The page of an approval, without a script: it works in every browser, and a policy can forbid all code. */

import type { Approval } from "@agent-team/contracts";
import { type Timestamp, timestampDate } from "@bufbuild/protobuf/wkt";

/** `form-action` lets the form be sent to this origin alone. The URL is a credential: no page is told it, and no cache keeps it. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex, nofollow",
};

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 34rem; padding: 0 1rem }
blockquote { border-left: 4px solid #888; margin: 1rem 0; padding: .25rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere }
label { display: block; margin: .75rem 0 }
input { box-sizing: border-box; display: block; font: inherit; padding: .5rem; width: 100% }
button { font: inherit; margin: .5rem .5rem 0 0; min-height: 2.75rem; padding: 0 1.25rem }`;

export function approvalPage(approval: Approval): string {
  const { prompt, workflowName, requestTime, decision, waiting } = approval;
  const of = workflowName === "" ? "" : ` of “${escape(workflowName)}”`;
  const asked = `<p>A run${of} asks${requestTime === undefined ? "" : ` since ${time(requestTime)}`}:</p>
<blockquote>${escape(prompt)}</blockquote>`;
  if (decision !== undefined) {
    const word = decision.approved ? "Approved" : "Rejected";
    const when = decision.decideTime === undefined ? "" : ` at ${time(decision.decideTime)}`;
    const comment =
      decision.comment === "" ? "" : `<p>Comment:</p><blockquote>${escape(decision.comment)}</blockquote>`;
    return htmlOf(word, `${asked}<p><b>${word}</b>${when}, ${escape(decision.decidedBy)}.</p>${comment}`);
  }
  if (!waiting) return htmlOf("Not open any more", `${asked}<p>Its time has passed, or the run has ended.</p>`);
  return htmlOf("Approve or reject", `${asked}${form(approval)}`);
}

export function messagePage(title: string, text: string): string {
  return htmlOf(title, `<p>${escape(text)}</p>`);
}

function form({ expireTime }: Approval): string {
  const until = expireTime === undefined ? "" : `<p>This link ends at ${time(expireTime)}.</p>`;
  return `<form method="post">
<label>Your name (optional) <input name="name" maxlength="50" autocomplete="name"></label>
<label>Comment (optional) <input name="comment" maxlength="250"></label>
<button name="decision" value="approve">Approve</button><button name="decision" value="reject">Reject</button>
</form>${until}`;
}

function htmlOf(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${STYLE}</style></head>
<body><main><h1>${escape(title)}</h1>${body}</main></body></html>`;
}

function time(at: Timestamp): string {
  const iso = timestampDate(at).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 16).replace("T", " ")} UTC</time>`;
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
