import { type ClientRequest, get } from "node:http";
import type { Clock } from "@agent-team/foundation/clock";
import type { HostPort } from "@agent-team/foundation/host-port";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";

/** The finding of a failed check. */
export type CheckFailure =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "timeout"; readonly timeoutMs: number }
  /** Refused, reset, or not HTTP. `code`: the system's, such as ECONNREFUSED. */
  | { readonly kind: "no-response"; readonly code: string };

export interface HttpCheckOptions {
  readonly path: "/readyz" | "/livez";
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** Sends one `GET path` to a task's health port. Resolves to undefined when it answers 200 within `timeoutMs`. */
export function checkHttp(
  { host, port }: HostPort,
  { path, timeoutMs, clock }: HttpCheckOptions,
): Promise<CheckFailure | undefined> {
  return new Promise((resolve) => {
    const settle = (failure?: CheckFailure): void => {
      timer.cancel();
      request.destroy();
      resolve(failure);
    };
    const timer = setPeerTimer(clock, timeoutMs, () => settle({ kind: "timeout", timeoutMs }), { unref: true });
    const request: ClientRequest = get({ host, port, path, agent: false });
    request.on("response", ({ statusCode = 0 }) =>
      settle(statusCode === 200 ? undefined : { kind: "status", status: statusCode }),
    );
    request.on("error", (error: NodeJS.ErrnoException) =>
      settle({ kind: "no-response", code: error.code ?? error.message }),
    );
  });
}

/** For a message: `no connection (ECONNREFUSED)`. */
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
