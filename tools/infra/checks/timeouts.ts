/** Two numbers that must fit each other, one in the HCL and one in a program. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import { type Json, toText } from "../state/json.ts";
import type { Region } from "../state/region.ts";

const KEEPALIVE = "packages/grpc-client/src/subchannel/node-http2.ts";
const HEARTBEAT = "services/api-gateway/src/response/event-stream.ts";
const HTTP_LISTENER = "services/api-gateway/src/listener/http-listener.ts";

/** How much longer the program keeps an idle connection: both count from different moments, and the close takes time. */
const MARGIN_MS = 5_000;

/** A balancer drops a flow that is idle for too long, so keepalives must be more frequent. */
export function checkIdleTimeouts(region: Region): readonly string[] {
  const keepaliveMs = numberIn(KEEPALIVE, /TCP_KEEPALIVE_MS = ([\d_]+)/);
  const heartbeatMs = numberIn(HEARTBEAT, /HEARTBEAT_MS = ([\d_]+)/);
  const keepAliveMs = numberIn(HTTP_LISTENER, /KEEP_ALIVE_MS = ([\d_]+)/);
  const flows = region.resources("aws_lb_listener").filter(({ values }) => values["protocol"] === "TCP");
  const pages = region.resources("aws_lb").filter(({ values }) => values["load_balancer_type"] !== "network");
  return [
    ...flows.flatMap(({ address, values }) =>
      shorter(address, "tcp_idle_timeout_seconds", values["tcp_idle_timeout_seconds"] ?? 350, keepaliveMs),
    ),
    ...pages.flatMap(({ address, values }) => [
      ...shorter(address, "idle_timeout", values["idle_timeout"] ?? 60, heartbeatMs),
      ...closedByTheProgram(address, values["idle_timeout"] ?? 60, keepAliveMs),
    ]),
    ...(flows.length === 0 || pages.length === 0 ? ["there is no TCP listener, or no application load balancer"] : []),
  ];
}

/** When the program closes an idle connection while the balancer sends a request on it, the balancer answers 502. */
function closedByTheProgram(address: string, idleSeconds: Json, keepAliveMs: number): readonly string[] {
  return keepAliveMs >= Number(idleSeconds) * 1_000 + MARGIN_MS
    ? []
    : [
        `${address}: idle_timeout is ${toText(idleSeconds)} s, and the program closes idle connections after ` +
          `${keepAliveMs / 1_000} s: expected ${MARGIN_MS / 1_000} s more than the balancer's`,
      ];
}

/** Twice the interval, so that one lost packet ends nothing. */
function shorter(address: string, name: string, seconds: Json, intervalMs: number): readonly string[] {
  const timeoutMs = Number(seconds) * 1_000;
  return timeoutMs >= 2 * intervalMs
    ? []
    : [`${address}: ${name} is ${toText(seconds)} s, and the program sends every ${intervalMs / 1_000} s`];
}

/** @throws Error when the constant is no longer there */
function numberIn(file: string, constant: RegExp): number {
  const text = constant.exec(readFileSync(join(ROOT, file), "utf8"))?.[1];
  if (text === undefined) throw new Error(`${file} has no ${constant.source}`);
  return Number(text.replaceAll("_", ""));
}
