import type { Context } from "hono";
import { splitProof } from "../event-proof.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import { invalidFields } from "../request-error.ts";
import type { StreamConnection } from "../response/event-stream.ts";
import { provenEvents } from "../response/proven-events.ts";

/** The connection of a request for events. A reader by ticket gets its proof with them. */
export function streamConnection(context: Context<GatewayEnv>): StreamConnection {
  const proof = context.get("readerProof");
  return proof === undefined ? context.env : provenEvents(context.env, proof, cursorText(context));
}

/**
 * The id of the last event that the client has seen: `Last-Event-ID`, else `?after=`; without a proof. Empty: none.
 *
 * @throws RequestError 400 for a proof in the query: it would be in the logs that have the URL of its ticket, and both together open the stream
 */
export function cursorText({ req }: Context): string {
  const header = req.header("last-event-id");
  if (header) return splitProof(header).id;
  const { id, proof } = splitProof(req.query("after") ?? "");
  if (proof === undefined) return id;
  throw invalidFields([
    { field: "after", description: 'expected an id without "~" and what is behind it: URLs are in logs' },
  ]);
}

/** Where that id stands: the name for a refusal of it. */
export function cursorField({ req }: Context): "Last-Event-ID" | "after" {
  return req.header("last-event-id") ? "Last-Event-ID" : "after";
}
