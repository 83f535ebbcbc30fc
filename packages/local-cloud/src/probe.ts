import { type ClientRequest, get } from "node:http";
import type { Clock } from "@agent-team/grpc-client";
import type { HostPort } from "./host-port.ts";

// Our Terraform gives target checks 2 s: /readyz answers from memory.
const timeoutMs = 2_000;

/** Whether `GET /readyz` answers 200 within 2 s. Refusal, silence and garbage are all "no". */
export function isReady({ host, port }: HostPort, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const finish = (ready: boolean): void => {
      timer.cancel();
      request.destroy();
      resolve(ready);
    };
    const timer = clock.setTimer(timeoutMs, () => finish(false), { unref: true });
    const request: ClientRequest = get({ host, port, path: "/readyz", agent: false });
    request.on("response", (response) => finish(response.statusCode === 200));
    request.on("error", () => finish(false));
  });
}
