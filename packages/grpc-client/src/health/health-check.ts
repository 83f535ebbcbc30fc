/**
 * One Health/Check of grpc.health.v1 on one endpoint, in the place of a call that could show whether it works. Out: success,
 * also from a server without a health service, because it answered; failure; or ignorable, when nothing could be asked.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { Method } from "../client-call.ts";
import { Metadata } from "../metadata.ts";
import type { OutcomeKind } from "../outcome.ts";
import type { PickedSubchannel } from "../picker.ts";
import { Status } from "../status.ts";
import type { Stream, StreamEnd, StreamSink } from "../stream.ts";
import { encodeHealthRequest, servingStatusOf } from "./health-messages.ts";

const CHECK: Method = {
  path: "/grpc.health.v1.Health/Check",
  unaryRequest: true,
  unaryResponse: true,
  idempotent: true,
};
const TIMEOUT_MS = 1_000;
/** Without a service: the server as a whole. */
const REQUEST = encodeHealthRequest("");

/** `onResult` gets one answer, within a second. */
export function checkHealth(subchannel: PickedSubchannel, clock: Clock, onResult: (kind: OutcomeKind) => void): void {
  new HealthCheck(clock, onResult).start(subchannel);
}

class HealthCheck implements StreamSink {
  readonly #clock: Clock;
  readonly #onResult: (kind: OutcomeKind) => void;
  #isServing = false;
  #hasEnded = false;
  #cancelTimer: () => void = () => {};

  constructor(clock: Clock, onResult: (kind: OutcomeKind) => void) {
    this.#clock = clock;
    this.#onResult = onResult;
  }

  start(subchannel: PickedSubchannel): void {
    const head = { method: CHECK, metadata: Metadata.empty, timeoutMs: TIMEOUT_MS, previousAttempts: 0 };
    const stream: Stream | undefined = subchannel.open(head, this);
    if (stream === undefined) return this.#end("ignorable");
    const timer = setPeerTimer(
      this.#clock,
      TIMEOUT_MS,
      () => {
        stream.cancel();
        this.#end("failure");
      },
      { unref: true },
    );
    this.#cancelTimer = () => timer.cancel();
    stream.sendMessage(REQUEST, true);
  }

  onHeaders(): void {}

  onMessage(message: Uint8Array): void {
    this.#isServing = servingStatusOf(message) === "SERVING";
  }

  onEnd({ code, origin }: StreamEnd): void {
    if (code === Status.ok) this.#end(this.#isServing ? "success" : "failure");
    else if (code === Status.unimplemented && origin === "server") this.#end("success");
    else this.#end("failure");
  }

  onDrain(): void {}

  #end(kind: OutcomeKind): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#cancelTimer();
    this.#onResult(kind);
  }
}
