import { get } from "node:http";
import type { Clock } from "@agent-team/foundation/clock";
import type { ProbeOptions } from "./options.ts";
import type { Verdict } from "./verdict.ts";
import { within } from "./within.ts";

/** Requests a health page, for servers without gRPC: 200 is serving, any other status is not. One timeout for connecting and the response. */
export async function checkHttp(options: ProbeOptions, url: URL, clock: Clock): Promise<Verdict> {
  const request = get(url, { agent: false, headers: { "user-agent": options.userAgent, ...options.headers } });
  const verdict = new Promise<Verdict>((resolve) => {
    request.on("error", ({ message }) => resolve({ kind: "unreachable", reason: message }));
    request.on("response", ({ statusCode }) =>
      resolve(statusCode === 200 ? { kind: "serving" } : { kind: "not-serving", status: `HTTP ${statusCode}` }),
    );
  });
  try {
    const outcome = await within(clock, options.connectTimeoutMs + options.rpcTimeoutMs, verdict);
    return typeof outcome === "string" ? { kind: "rpc-failed", reason: outcome } : outcome;
  } finally {
    request.destroy();
  }
}
