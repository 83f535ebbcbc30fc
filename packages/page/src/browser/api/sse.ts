/** A server-sent event (WHATWG HTML 9.2). */
export interface ServerEvent {
  /** Absent for an event that keeps the reader's cursor. */
  readonly id: string | undefined;
  readonly name: string;
  readonly data: string;
}

/** Puts the chunks of a stream together, and gives the events that are whole. Comments are passed over. */
export class EventParser {
  #rest = "";

  push(chunk: string): readonly ServerEvent[] {
    const blocks = (this.#rest + chunk).split(/\r?\n\r?\n/);
    this.#rest = blocks.pop() ?? "";
    return blocks.map(parseBlock).filter(({ data }) => data !== "");
  }
}

function parseBlock(block: string): ServerEvent {
  const fields = new Map<string, string>();
  for (const line of block.split(/\r?\n/)) {
    const [, name = "", value = ""] = /^([^:]+): ?(.*)$/.exec(line) ?? [];
    fields.set(name, name === "data" && fields.has(name) ? `${fields.get(name)}\n${value}` : value);
  }
  return { id: fields.get("id"), name: fields.get("event") ?? "message", data: fields.get("data") ?? "" };
}
