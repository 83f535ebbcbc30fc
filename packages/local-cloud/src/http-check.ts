import { type ClientRequest, get } from "node:http";
import type { Clock } from "@agent-team/grpc-client";
import type { HostPort } from "./host-port.ts";

/** What one check found wrong. */
export type CheckFailure =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "timeout"; readonly timeoutMs: number }
  /** Refused, reset, or no HTTP. `code`: the system's, such as ECONNREFUSED. */
  | { readonly kind: "no-response"; readonly code: string };

export interface HttpCheckOptions {
  readonly path: "/readyz" | "/livez";
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Asks a task's side port once. Undefined when `GET path` answers 200 in time. */
export function checkHttp(
  { host, port }: HostPort,
  { path, timeoutMs, clock }: HttpCheckOptions,
): Promise<CheckFailure | undefined> {
  return new Promise((resolve) => {
    const finish = (failure?: CheckFailure): void => {
      timer.cancel();
      request.destroy();
      resolve(failure);
    };
    const timer = clock.setTimer(timeoutMs, () => finish({ kind: "timeout", timeoutMs }), { unref: true });
    const request: ClientRequest = get({ host, port, path, agent: false });
    request.on("response", ({ statusCode = 0 }) =>
      finish(statusCode === 200 ? undefined : { kind: "status", status: statusCode }),
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      finish({ kind: "no-response", code: error.code ?? error.message }),
    );
  });
}

/** For people: `no connection (ECONNREFUSED)`. */
export function describeFailure(failure: CheckFailure): string {
  switch (failure.kind) {
    case "status":
      return `HTTP ${failure.status}`;
    case "timeout":
      return `no answer within ${failure.timeoutMs / 1_000} s`;
    case "no-response":
      return `no connection (${failure.code})`;
    default:
      return failure satisfies never;
  }
}
