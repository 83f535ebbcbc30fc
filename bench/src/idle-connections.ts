/** Opens HTTP/2 connections to a server under measurement, in a process of its own, and keeps them open without a call. */

import { once } from "node:events";
import { connect } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { ClientConnection } from "@agent-team/http2";
import { answerParent } from "./child.ts";

export interface OpenRequest {
  /** How many more. */
  readonly connections: number;
}

export interface OpenReport {
  /** Of all so far. */
  readonly open: number;
}

/** So many at a time stay below the server's backlog. */
const AT_A_TIME = 50;
const [port] = process.argv.slice(2).map(Number) as [number];
let open = 0;

answerParent(async ({ connections }: OpenRequest): Promise<OpenReport> => {
  for (let left = connections; left > 0; left -= AT_A_TIME)
    await Promise.all(Array.from({ length: Math.min(left, AT_A_TIME) }, openOne));
  return { open };
});

/** Resolves when the server's SETTINGS have come. */
async function openOne(): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const ready = Promise.withResolvers<void>();
  const onClose = (): void => {
    open--;
  };
  const listener = { onSettings: ready.resolve, onStreamClose() {}, onGoaway() {}, onClose };
  new ClientConnection(socket, { now: () => systemClock.now() }, listener);
  await ready.promise;
  open++;
}
