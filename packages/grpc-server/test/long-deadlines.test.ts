// Our channel calls a server of grpc-js with a deadline that exceeds the range of grpc-js's timers.
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { Echo } from "./echo.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const DAY_MS = 86_400_000;

test.for([
  [20, 20],
  [25, 24.855],
  [30, 24.855],
  [60, 24.855],
  [100_000, 24.855],
] as const)("a call with a timeout of %d days is answered, and its handler gets %d", async ([days, seenDays]) => {
  let leftMs: number | undefined;
  await using server = await serveOnLoopback({
    services: [
      service(Echo, {
        unary: (_, context) => {
          leftMs = context.timeoutMs();
          return {};
        },
      }),
    ],
  });
  const channel = createChannel(`ipv4:127.0.0.1:${server.port}`);
  await createClient(Echo, createConnectTransport(channel)).unary({ value: "a" }, { timeoutMs: days * DAY_MS });
  await channel.close();
  expect((leftMs ?? 0) / DAY_MS).toBeCloseTo(seenDays, 2);
});
