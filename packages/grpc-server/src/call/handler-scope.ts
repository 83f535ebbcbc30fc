import { ChannelError, type StatusCode } from "@agent-team/grpc-client";
import type { InboundCall } from "@agent-team/grpc-client/for-servers";
import type { ConnectError } from "@connectrpc/connect";
import type { WireCall } from "../wire.ts";
import type { CallContext } from "./context.ts";

/** gRFC A6: the header of a repeated call. Each value but the digits of a number is 0. */
const PREVIOUS_ATTEMPTS = "grpc-previous-rpc-attempts";

/**
 * A served call as the calls see it that its handler makes: they keep within its deadline, and end when it ends without the
 * handler's answer. Those that are under way when the handler answers go on.
 */
export class HandlerScope implements InboundCall {
  isAnswered = false;
  failure: ChannelError | undefined = undefined;
  readonly #context: CallContext;
  readonly #wire: WireCall;
  /** Made for the first call of the handler: most handlers make none. */
  #listeners: Set<(failure: ChannelError) => void> | undefined = undefined;

  constructor(context: CallContext, wire: WireCall) {
    this.#context = context;
    this.#wire = wire;
  }

  remainingMs(): number {
    return this.#context.timeoutMs() ?? Number.POSITIVE_INFINITY;
  }

  get previousAttempts(): number {
    const [value] = this.#wire.metadata.get(PREVIOUS_ATTEMPTS);
    return value !== undefined && /^[0-9]+$/.test(value) ? Number(value) : 0;
  }

  onFailure(listener: (failure: ChannelError) => void): () => void {
    this.#listeners ??= new Set();
    this.#listeners.add(listener);
    return () => this.#listeners?.delete(listener);
  }

  didAnswer(): void {
    this.isAnswered = true;
  }

  /** The call has ended, and not by its handler. */
  didFail({ code, rawMessage }: ConnectError): void {
    const failure = new ChannelError(
      code as number as StatusCode,
      `the call that this one was made for: ${rawMessage}`,
    );
    this.failure = failure;
    const listeners = [...(this.#listeners ?? [])];
    for (const listener of listeners) listener(failure);
  }
}
