/** A process with a host on our own server: `serve()` with its drain on SIGTERM. It logs each call. */

import { delay, systemClock } from "@agent-team/foundation/clock";
import { createLogger, readConfig, serve, serverConfigShape, service } from "@agent-team/grpc-server";
import type { HandlerContext } from "@connectrpc/connect";
import { z } from "zod";
import { answerParent, argumentOf } from "../process/answer.ts";
import { CallLog } from "./call-log.ts";
import { Faults } from "./faults-service.ts";
import { CALL_ID, MESSAGE_EVERY_MS, STREAM_MS } from "./wire.ts";

export interface ServedArgument {
  readonly host: string;
  readonly port: number;
  readonly logFolder: string;
  readonly serviceMs: number;
  readonly drain: { readonly lameDuckMs: number; readonly stopTimeoutMs: number };
}

const { host, port, logFolder, serviceMs, drain } = argumentOf<ServedArgument>();

const config = readConfig(z.object(serverConfigShape({ defaultPort: port })), {
  GRPC_HOST: host,
  HEALTH_PORT: "0",
  LAME_DUCK_MS: String(drain.lameDuckMs),
  STOP_TIMEOUT_MS: String(drain.stopTimeoutMs),
  LOG_LEVEL: "error",
});

const log = new CallLog(logFolder, host);

function didStart({ requestHeader }: HandlerContext): void {
  const attempt = 1 + Number(requestHeader.get("grpc-previous-rpc-attempts") ?? 0);
  log.add(String(requestHeader.get(CALL_ID)), attempt, true);
}

async function echo<Message>(request: Message, context: HandlerContext): Promise<Message> {
  didStart(context);
  await delay(systemClock, serviceMs);
  return request;
}

const listening = serve({
  config,
  logger: createLogger(config, "faults"),
  audience: "faults",
  services: [
    service(Faults, {
      read: echo,
      write: echo,
      async *watch(_request, context) {
        didStart(context);
        for (let sentMs = 0; sentMs < STREAM_MS; sentMs += MESSAGE_EVERY_MS) {
          yield { value: String(sentMs) };
          await delay(systemClock, MESSAGE_EVERY_MS);
        }
      },
    }),
  ],
});

answerParent(async () => void (await listening));
