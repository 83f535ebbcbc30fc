/**
 * gRPC inside a program that listens by itself, such as the local cloud: the calls, limits and connections of `serve()`,
 * without health checks, reflection, side port, identities, signals and log lines.
 */

import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { DeadlineWheel } from "@agent-team/grpc-client/for-servers";
import { DefectLog } from "./call/defect-log.ts";
import { HandlerGate } from "./call/handler-gate.ts";
import { LiveCalls } from "./call/live-calls.ts";
import { routesOf } from "./call/route.ts";
import { Listener } from "./connection/listener.ts";
import { LimitCounts } from "./limits.ts";
import type { ServedService } from "./service.ts";

export { service } from "./service.ts";

export interface EmbeddedOptions {
  readonly services: readonly ServedService[];
  /** Largest request message, in bytes; a larger one ends its call with RESOURCE_EXHAUSTED. */
  readonly maxReceiveMessageBytes: number;
}

/** A gRPC server without a listening socket. */
export interface EmbeddedServer {
  /** Serves a connection from its first byte on. */
  accept(socket: Socket): void;
  /** Ends all connections at once: their calls end UNAVAILABLE. Resolves when they are closed. Idempotent. */
  close(): Promise<void>;
}

const NO_LOG = new DefectLog({ error: () => {}, warn: () => {} });

/** Serves `services` to every caller, without an identity. */
export function createEmbeddedServer({ services, maxReceiveMessageBytes }: EmbeddedOptions): EmbeddedServer {
  const clock = systemClock;
  const calls = new LiveCalls(() => {});
  const gate = new HandlerGate({ calls, maxCalls: Number.POSITIVE_INFINITY, random: systemRandom });
  const deadlines = new DeadlineWheel(clock);
  const parts = { clock, deadlines, scheme: "http", calls, gate } as const;
  const environment = { ...parts, admit: undefined, log: NO_LOG, createId: randomUUID };
  const listener = new Listener({
    clock,
    random: systemRandom,
    routes: routesOf(services, environment),
    maxReceiveMessageBytes,
    limits: new LimitCounts(() => {}),
    onDefect: () => {}, // as NO_LOG
  });
  return {
    accept: (socket) => listener.accept(socket),
    close() {
      listener.stopListening();
      listener.disconnect();
      return listener.disconnected();
    },
  };
}
