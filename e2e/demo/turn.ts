/** An event of a conversation turn, as the gateway writes it: the message ProcessConversationResponse in proto3 JSON. */
export interface TurnEvent {
  readonly message?: string;
  readonly workflow_proposed?: { readonly spec: WorkflowSpec; readonly issues?: readonly Issue[] };
  readonly clarification_asked?: { readonly questions: readonly { readonly text: string }[] };
  readonly turn_failed?: { readonly code: string; readonly detail: string };
  readonly turn_completed?: { readonly usage?: { readonly takeovers?: number } };
}

interface WorkflowSpec {
  readonly name: string;
  readonly nodes: readonly { readonly id: string; readonly subtype: string }[];
}

interface Issue {
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Sends a message to a conversation and yields the turn's events as they arrive.
 * Throws when the answer is not an event stream, and when the stream ends without the turn's last event.
 */
export async function* sendMessage(url: string, conversation: string, message: string): AsyncGenerator<TurnEvent> {
  const response = await fetch(`${url}/v1/conversations/${conversation}/messages`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ message }),
  });
  if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
  for await (const data of eventData(response.body)) {
    const turnEvent = JSON.parse(data) as TurnEvent;
    yield turnEvent;
    if (turnEvent.turn_failed !== undefined) throw new Error(turnEvent.turn_failed.detail);
    if (turnEvent.turn_completed !== undefined) return;
  }
  throw new Error("the stream ended in the middle of the turn");
}

/** The data of server-sent events: blocks of `field: value` lines, ended by an empty line. Comments and other fields are ignored. */
export async function* eventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line) => [line.split(": ", 1)[0], line.slice(line.indexOf(": ") + 2)]),
      );
      const data = fields.get("data");
      if (data !== undefined) yield data;
    }
  }
}
