/**
 * The agent and the engine of the bench `readers`, in one process: turns and runs without end, whatever their ids. A reader gets the
 * first event at once and another one each two seconds, as often as a silent agent sends heartbeats.
 */

import {
  type ProcessConversationRequest,
  RunState,
  type WatchRunRequest,
  WorkflowAgentService,
  WorkflowEngineService,
} from "@agent-team/contracts";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { createLogger, readConfig, serve, serverConfigShape, service } from "@agent-team/grpc-server";
import { z } from "zod";
import { answerParent } from "../child.ts";

export interface BackendReport {
  readonly port: number;
  /** Streams that are open now. */
  readonly streams: number;
}

const EVENT_MS = 2_000;
const TEXT = "a step that fetches the orders, ";
const environment = { GRPC_HOST: "127.0.0.1", HEALTH_PORT: "0", LOG_LEVEL: "warn" };
const config = readConfig(z.object(serverConfigShape({ defaultPort: 0 })), environment);
let streams = 0;

/** The numbers behind a cursor, one at once and then one every two seconds: all streams have the same number at the same time. */
async function* numbers(after: number, signal: AbortSignal): AsyncGenerator<number> {
  streams++;
  try {
    for (let number = after + 1; !signal.aborted; number++) {
      const waitMs = number * EVENT_MS - systemClock.now();
      if (number > 1 && waitMs > 0) await delay(systemClock, waitMs);
      yield number;
    }
  } finally {
    streams--;
  }
}

const agent = service(WorkflowAgentService, {
  async *processConversation({ turnId, resumeAfterSequence }: ProcessConversationRequest, { signal }) {
    for await (const sequence of numbers(resumeAfterSequence, signal))
      yield { turnId, sequence, fence: "1-agent", message: TEXT };
  },
});

const engine = service(WorkflowEngineService, {
  async *watchRun({ resumeAfterSequence }: WatchRunRequest, { signal }) {
    for await (const sequence of numbers(resumeAfterSequence, signal))
      yield { sequence, fence: "1-engine", event: { case: "runStateChanged", value: { state: RunState.RUNNING } } };
  },
});

const logger = createLogger(config, "bench");
const { port } = await serve({ config, logger, services: [agent, engine], audience: "bench" });

answerParent((): BackendReport => ({ port, streams }));
