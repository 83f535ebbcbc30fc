/** Idle timeouts of the load balancers, compared with the keepalive intervals in the programs. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../check/tool.ts";
import type { Instance } from "../state/block.ts";
import type { Region } from "../state/region.ts";
import type { Findings } from "./findings.ts";

const KEEPALIVE = "packages/grpc-client/src/transport/socket-factory.ts";
const HEARTBEAT = "services/api-gateway/src/listener/body-writer.ts";
const HTTP_LISTENER = "services/api-gateway/src/listener/http-listener.ts";

/** How much longer the program keeps an idle connection: both count from different moments, and the close takes time. */
const MARGIN_MS = 5_000;

export function* checkIdleTimeouts(region: Region): Findings {
  const keepaliveMs = numberIn(KEEPALIVE, /TCP_KEEPALIVE_MS = ([\d_]+)/);
  const heartbeatMs = numberIn(HEARTBEAT, /SILENCE_LIMIT_MS = ([\d_]+)/);
  const closedAfterMs = numberIn(HTTP_LISTENER, /KEEP_ALIVE_MS = ([\d_]+)/);
  const tcp = region.resources("aws_lb_listener").filter((each) => each.text("protocol") === "TCP");
  const http = region.resources("aws_lb").filter((each) => each.text("load_balancer_type") !== "network");
  if (tcp.length === 0 || http.length === 0) yield "there is no TCP listener, or no application load balancer";
  for (const listener of tcp) yield* outlasts(listener, "tcp_idle_timeout_seconds", 350, keepaliveMs);
  for (const balancer of http) {
    yield* outlasts(balancer, "idle_timeout", 60, heartbeatMs);
    // A request on a connection that the program is closing is answered with 502.
    const idleMs = Number(balancer.text("idle_timeout") || 60) * 1_000;
    if (closedAfterMs < idleMs + MARGIN_MS)
      yield `${balancer.address}: idle_timeout is ${idleMs / 1_000} s, and the program closes idle connections after ` +
        `${closedAfterMs / 1_000} s: expected ${MARGIN_MS / 1_000} s more than the load balancer's`;
  }
}

/** The timeout is twice the interval or more, so that one lost packet ends nothing. */
function* outlasts(balancer: Instance, name: string, byDefault: number, intervalMs: number): Findings {
  const seconds = Number(balancer.text(name) || byDefault);
  if (seconds * 1_000 < 2 * intervalMs)
    yield `${balancer.address}: ${name} is ${seconds} s, and the program sends every ${intervalMs / 1_000} s: expected twice that`;
}

/** @throws Error when the file has no such constant */
function numberIn(file: string, constant: RegExp): number {
  const text = constant.exec(readFileSync(join(ROOT, file), "utf8"))?.[1];
  if (text === undefined) throw new Error(`${file} has no ${constant.source}`);
  return Number(text.replaceAll("_", ""));
}
