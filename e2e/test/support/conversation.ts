/** Talks to the gateway as a browser would: HTTP and server-sent events, nothing of ours in between. */

/** One server-sent event, its data parsed. */
export interface ServerEvent {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A request that ends in a workflow of five steps. */
export const ORDERS_REQUEST =
  "every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve, then POST it to https://example.com/audit";

/** Sends one message and reads the answer to its end. Throws when the answer is not a whole one. */
export async function converse(
  url: string,
  conversationId: string,
  message: string,
  credential: Readonly<Record<string, string>> = {},
): Promise<readonly ServerEvent[]> {
  const response = await fetch(`${url}/v1/conversations/${conversationId}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream", ...credential },
    body: JSON.stringify({ message }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`HTTP ${response.status}: ${text}`);
  const events = parseEvents(text);
  if (events.at(-1)?.name !== "turn_completed") throw new Error(`the answer broke off: ${text.slice(-500)}`);
  return events;
}

/** The assistant's words, put together. */
export function textOf(events: readonly ServerEvent[]): string {
  return events.map(({ data }) => (typeof data["message"] === "string" ? data["message"] : "")).join("");
}

/** The drafted workflow, or undefined when none was proposed. */
export function specOf(events: readonly ServerEvent[]): Readonly<Record<string, unknown>> | undefined {
  const proposal = events.findLast(({ name }) => name === "workflow_proposed");
  const { workflow_proposed } = (proposal?.data ?? {}) as { workflow_proposed?: { spec?: Record<string, unknown> } };
  return workflow_proposed?.spec;
}

export async function postJson(
  url: string,
  body: unknown,
  credential: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...credential },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export function parseEvents(text: string): ServerEvent[] {
  const events: ServerEvent[] = [];
  for (const block of text.split("\n\n")) {
    const name = /^event: ?(.*)$/m.exec(block)?.[1];
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    if (name !== undefined && data !== undefined) events.push({ name, data: JSON.parse(data) as ServerEvent["data"] });
  }
  return events;
}
