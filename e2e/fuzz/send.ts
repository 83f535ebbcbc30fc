import { systemClock } from "@agent-team/foundation/clock";
import { serverSentEvents } from "@agent-team/test-support/server-sent-events";
import type { Answer } from "./answers.ts";
import type { KnownIds } from "./known-ids.ts";
import { type Request, withIds } from "./requests.ts";

/** An answer that has not begun by then hangs. */
const ANSWER_LIMIT_MS = 20_000;

/** A stream is left after this time: a run may wait for days. */
const STREAM_MS = 400;

/** A request as it is sent. */
export interface Sent {
  readonly url: string;
  readonly init: { readonly method: string; readonly headers: Headers; readonly body?: string };
}

export function toSent(gateway: string, request: Request, ids: KnownIds): Sent {
  let path = request.path;
  const query = new URLSearchParams();
  const headers = new Headers();
  for (const { parameter, value } of request.parameters) {
    const text = textOf(withIds(value, (kind, at) => ids.at(kind, at)));
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, () => segment(text));
    else if (parameter.in === "query") query.append(parameter.name, text);
    else headers.set(parameter.name, text.replaceAll(/[^\x20-\x7e]/g, "?"));
  }
  const body = bodyOf(request, headers, ids);
  const init = { method: request.method, headers, ...(body !== undefined && { body }) };
  return { url: `${gateway}${path}?${query.toString()}`, init };
}

function bodyOf({ body }: Request, headers: Headers, ids: KnownIds): string | undefined {
  if (body === undefined) return undefined;
  if ("raw" in body) {
    if (body.type !== "") headers.set("content-type", body.type);
    return body.raw;
  }
  headers.set("content-type", "application/json");
  return JSON.stringify(withIds(body.json, (kind, at) => ids.at(kind, at)));
}

function textOf(value: unknown): string {
  return (typeof value === "string" ? value : (JSON.stringify(value) ?? "")).toWellFormed().slice(0, 3_000);
}

/** A URL has no segment that is empty or made of dots: another path would be asked for. */
function segment(text: string): string {
  return /^\.{0,2}$/.test(text) ? "dots" : encodeURIComponent(text);
}

/** A stream breaks off when what it shows is deleted, for instance. Its reader comes back, and gets an answer. */
class BrokenStream extends Error {
  override readonly name = "BrokenStream";
}

/** @throws Error when the answer does not come, or breaks off */
export async function send(sent: Sent): Promise<Answer> {
  try {
    return await sendOnce(sent);
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    return await sendOnce(sent);
  }
}

async function sendOnce({ url, init }: Sent): Promise<Answer> {
  const leave = new AbortController();
  const late = new Error(`no answer after ${ANSWER_LIMIT_MS} ms`);
  const limit = systemClock.setTimer(ANSWER_LIMIT_MS, () => leave.abort(late));
  try {
    const response = await fetch(url, { ...init, redirect: "manual", signal: leave.signal });
    const type = (response.headers.get("content-type") ?? "").split(";")[0] ?? "";
    const isStream = type === "text/event-stream";
    const text = isStream ? "" : await response.text();
    const jsons = isStream ? await readStream(response, leave) : type.endsWith("json") ? [JSON.parse(text)] : [];
    return { status: response.status, type, text: isStream ? JSON.stringify(jsons) : text, jsons };
  } finally {
    limit.cancel();
  }
}

/** The events of the first moment. */
async function readStream(response: Response, leave: AbortController): Promise<unknown[]> {
  const jsons: unknown[] = [];
  const timer = systemClock.setTimer(STREAM_MS, () => leave.abort());
  try {
    for await (const { data } of serverSentEvents(response.body as ReadableStream<Uint8Array>))
      if (data !== "[DONE]") jsons.push(JSON.parse(data));
  } catch (error) {
    if (!leave.signal.aborted) throw new BrokenStream("the stream broke", { cause: error });
  } finally {
    timer.cancel();
  }
  return jsons;
}
