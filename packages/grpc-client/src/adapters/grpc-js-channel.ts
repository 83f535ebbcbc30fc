/** The channel as the stubs of grpc-js see it: calls, connectivity, a target, an end. */

import type { Clock } from "@agent-team/foundation/clock";
import type { Channel } from "../client-channel.ts";
import type { Connectivity } from "../connectivity.ts";
import { ChannelError, invalidArgument } from "../errors.ts";
import { AdaptedCall, type CallDeps } from "./grpc-js-call.ts";
import { instantOf } from "./grpc-js-deadline.ts";
import { followParent, parentDeadline } from "./grpc-js-parent.ts";
import type { GrpcJsCall, GrpcJsChannel, GrpcJsDeadline, GrpcJsParentCall } from "./grpc-js-types.ts";

/** grpc-js: the enum `connectivityState`. */
const STATES: Readonly<Record<Connectivity, number>> = {
  idle: 0,
  connecting: 1,
  ready: 2,
  "transient-failure": 3,
  shutdown: 4,
};
const CANCELLED = 1;

export class AdaptedChannel implements GrpcJsChannel {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #deps: CallDeps;
  /** Of calls that state no deadline, in ms. */
  readonly #defaultTimeoutMs: number;
  #calls = 0;

  constructor(deps: CallDeps, defaultTimeoutMs: number) {
    this.#channel = deps.channel;
    this.#clock = deps.clock;
    this.#deps = deps;
    this.#defaultTimeoutMs = defaultTimeoutMs;
  }

  close(): void {
    // As in grpc-js calls in flight may go on for as long as they want. Nothing waits for their end, and there is nothing to report.
    void this.#channel.close(Infinity);
  }

  getTarget(): string {
    return this.#channel.target.name;
  }

  /** A channel connects at once: there is nothing to try. */
  getConnectivityState(_tryToConnect: boolean): number {
    return STATES[this.#channel.connectivity];
  }

  watchConnectivityState(currentState: number, deadline: GrpcJsDeadline, callback: (error?: Error) => void): void {
    this.#refuseIfClosed();
    const remainingMs = instantOf(deadline) - this.#clock.wallNow();
    if (this.getConnectivityState(false) !== currentState) return process.nextTick(callback);
    if (remainingMs <= 0) return process.nextTick(callback, passed());
    const end = (error?: Error): void => {
      leave();
      timer?.cancel();
      process.nextTick(callback, error);
    };
    const leave = this.#channel.watchConnectivity((connectivity) => {
      if (STATES[connectivity] !== currentState) end();
    });
    const timer = remainingMs === Infinity ? undefined : this.#clock.setTimer(remainingMs, () => end(passed()));
  }

  getChannelzRef(): never {
    return { kind: "channel", id: 0, name: this.#channel.target.name } as never;
  }

  createCall(
    method: string,
    deadline: GrpcJsDeadline,
    host: string | null | undefined,
    parentCall: GrpcJsParentCall | null,
    propagateFlags: number | null | undefined,
  ): GrpcJsCall {
    this.#refuseIfClosed();
    const number = ++this.#calls;
    try {
      this.#checkHost(host);
      const deadlineMs = Math.min(this.#instantOf(deadline, method), parentDeadline(parentCall, propagateFlags));
      const call = new AdaptedCall(this.#deps, method, number, deadlineMs);
      call.leaveParentWith(
        followParent(parentCall, propagateFlags, () =>
          call.cancelWithStatus(CANCELLED, "the parent call was cancelled"),
        ),
      );
      return call;
    } catch (thrown) {
      const { code, rawMessage } = ChannelError.from(thrown);
      const call = new AdaptedCall(this.#deps, method, number, Infinity);
      call.cancelWithStatus(code, rawMessage);
      return call;
    }
  }

  /** The earlier one of the call's deadline and the method's; without both the default. */
  #instantOf(deadline: GrpcJsDeadline, path: string): number {
    const instantMs = instantOf(deadline);
    const { timeoutMs } = this.#deps.config.ruleOf(path);
    const ofMethodMs = timeoutMs === Infinity && instantMs === Infinity ? this.#defaultTimeoutMs : timeoutMs;
    return ofMethodMs === Infinity ? instantMs : Math.min(instantMs, this.#clock.wallNow() + ofMethodMs);
  }

  #checkHost(host: string | null | undefined): void {
    if (host === null || host === undefined || host === this.#channel.target.name) return;
    throw invalidArgument("host", `none, since a channel has one authority (its option "authority")`, host);
  }

  #refuseIfClosed(): void {
    if (this.#channel.connectivity === "shutdown") throw new Error("the channel has been shut down");
  }
}

function passed(): Error {
  return new Error("the deadline passed without a change of the connectivity state");
}
