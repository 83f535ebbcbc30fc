import { serverSentEvents } from "@agent-team/test-support/server-sent-events";

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
  for await (const { data } of serverSentEvents(response.body)) {
    const turnEvent = JSON.parse(data) as TurnEvent;
    yield turnEvent;
    if (turnEvent.turn_failed !== undefined) throw new Error(turnEvent.turn_failed.detail);
    if (turnEvent.turn_completed !== undefined) return;
  }
  throw new Error("the stream ended in the middle of the turn");
}
