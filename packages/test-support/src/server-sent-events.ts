/** Reads an event stream as a browser's EventSource does (WHATWG HTML 9.2.6). */

export interface ServerSentEvent {
  /** The last id seen, this event's or an earlier one's. */
  readonly lastEventId: string;
  /** "message" for an event without a name. */
  readonly type: string;
  readonly data: string;
}

/** The events of a body, as they come. Comments and other fields are ignored. Throws what the body throws. */
export async function* serverSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent, void> {
  let lastEventId = "";
  let type = "";
  let data: string[] = [];
  for await (const line of lines(body)) {
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (line === "") {
      if (data.length > 0) yield { lastEventId, type: type || "message", data: data.join("\n") };
      type = "";
      data = [];
    } else if (field === "event") type = value;
    else if (field === "data") data.push(value);
    else if (field === "id") lastEventId = value;
  }
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split(/\r\n|\r|\n/);
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
