/** Reads an event stream as a browser's EventSource does (WHATWG HTML 9.2.6). */

export interface ReceivedEvent {
  /** The last id seen, this event's or an earlier one's. */
  readonly lastEventId: string;
  readonly type: string;
  readonly data: string;
}

export interface ReceivedStream {
  readonly events: ReceivedEvent[];
  readonly comments: string[];
  retryMs: number | undefined;
}

/** Events as they come; comments and `retry` are collected beside them. */
export async function* readEvents(response: Response, received: ReceivedStream): AsyncGenerator<ReceivedEvent, void> {
  let lastEventId = "";
  let type = "";
  let data: string[] = [];
  for await (const line of lines(response)) {
    const [, field = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (line === "") {
      if (data.length > 0) {
        const event = { lastEventId, type: type || "message", data: data.join("\n") };
        received.events.push(event);
        yield event;
      }
      type = "";
      data = [];
    } else if (field === "") received.comments.push(value);
    else if (field === "event") type = value;
    else if (field === "data") data.push(value);
    else if (field === "id") lastEventId = value;
    else if (field === "retry") received.retryMs = Number(value);
    else throw new Error(`unknown field in the stream: ${line}`);
  }
}

/** The whole stream. */
export async function readStream(response: Response): Promise<ReceivedStream> {
  const received = emptyStream();
  for await (const _event of readEvents(response, received)); // collects
  return received;
}

export function emptyStream(): ReceivedStream {
  return { events: [], comments: [], retryMs: undefined };
}

async function* lines(response: Response): AsyncGenerator<string, void> {
  let rest = "";
  for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const parts = (rest + chunk).split(/\r\n|\r|\n/);
    rest = parts.pop() ?? "";
    yield* parts;
  }
}
