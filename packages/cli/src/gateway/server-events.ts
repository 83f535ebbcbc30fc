/** A server-sent event (WHATWG HTML 9.2). */
export interface ServerEvent {
  /** Empty for an event without a cursor. */
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Reads the events of a response. It passes on what came whole, and throws when the connection breaks. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let text = "";
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const blocks = (text + chunk).split(/\r?\n\r?\n/);
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseBlock(block);
      if (event.data !== "") yield event; // a heartbeat is a comment alone
    }
  }
}

function parseBlock(block: string): ServerEvent {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    // "If the field name is data: append": JSON in several lines stays JSON.
    fields.set(name, name === "data" && fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  return { id: fields.get("id") ?? "", event: fields.get("event") ?? "message", data: fields.get("data") ?? "" };
}
