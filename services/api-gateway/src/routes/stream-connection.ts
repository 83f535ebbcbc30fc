import type { Context } from "hono";
import { splitProof } from "../event-proof.ts";
import type { GatewayEnv } from "../gateway-env.ts";
import type { StreamConnection } from "../response/event-stream.ts";
import { provenEvents } from "../response/proven-events.ts";

/** The connection of a request for events. A reader by ticket gets its proof with them. */
export function streamConnection(context: Context<GatewayEnv>): StreamConnection {
  const proof = context.get("readerProof");
  return proof === undefined ? context.env : provenEvents(context.env, proof, cursorText(context));
}

/** The id of the last event that the client has seen: `Last-Event-ID`, else `?after=`; without a proof. Empty: none. */
export function cursorText(context: Context): string {
  return splitProof(context.req.header("last-event-id") || context.req.query("after") || "").id;
}
