import type { WebResponse } from "../web-request.ts";

/** An answer that is no call's: a status, and a line that says why. */
export function textResponse(status: number, text: string, fields: Readonly<Record<string, string>> = {}): WebResponse {
  const header = new Headers({ "content-type": "text/plain; charset=utf-8", ...fields });
  return { status, header, body: bytesOf(`${text}\n`) };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
