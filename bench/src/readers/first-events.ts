/** Sends messages to a gateway, one after the other, in a process of its own: its own load delays no service. */

import { once } from "node:events";
import { Agent, type IncomingMessage, request } from "node:http";
import { answerParent } from "../child.ts";

export interface TurnsRequest {
  readonly turns: number;
}

export interface TurnsReport {
  /** From the message to the first event of its answer, for each turn. */
  readonly firstEventMs: readonly number[];
}

/** An answer of some thirty events, which ends in a workflow of five steps. */
const MESSAGE =
  "every weekday at 9am fetch https://example.com/orders, if total is over 1000 ask me to approve, then POST it to https://example.com/audit";

const [port] = process.argv.slice(2).map(Number) as [number];
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let sent = 0;

answerParent(async ({ turns }: TurnsRequest): Promise<TurnsReport> => {
  const firstEventMs: number[] = [];
  for (let turn = 0; turn < turns; turn++) firstEventMs.push(await readTurn());
  return { firstEventMs };
});

/** Reads the whole answer. @throws Error when it is not one */
async function readTurn(): Promise<number> {
  const startMs = performance.now();
  const path = `/v1/conversations/first-events-${sent++}/messages`;
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  const message = request({ port, host: "127.0.0.1", path, method: "POST", headers, agent });
  message.end(JSON.stringify({ message: MESSAGE }));
  const [response] = (await once(message, "response")) as [IncomingMessage];
  let received = "";
  let firstMs: number | undefined;
  for await (const text of response.setEncoding("utf8")) {
    received += text;
    if (received.includes("\ndata: ")) firstMs ??= performance.now() - startMs;
  }
  if (firstMs !== undefined && received.includes("event: turn_completed")) return firstMs;
  throw new Error(`HTTP ${response.statusCode}, not a whole answer: ${received.slice(0, 1_000)}`);
}
