import type { Clock } from "@agent-team/foundation/clock";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import { type ConnectError, type ContextValues, createContextValues, type HandlerContext } from "@connectrpc/connect";
import { type Identity, identityKey } from "../identity.ts";
import { type PeerCertificate, peerCertificateKey, readPeerCertificate } from "../peer-certificate.ts";
import type { WireCall } from "../wire.ts";

/** Of a server's URLs: with TLS or without. */
export type Scheme = "http" | "https";

/**
 * The facts about a call that its handler can read. Each is made on first access: most handlers read one or none, and
 * headers and abort signals cost more than the rest of a small call. (Connect's own `createHandlerContext` makes them
 * all, and a second deadline timer.)
 */
export class CallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  /** The caller, after the check. Handlers find it in `values`. */
  identity: Identity | undefined;
  /** Called when `signal` is aborted. An abort signal that is listened to costs as much as three messages of a stream. */
  onAbort: (() => void) | undefined;
  readonly #wire: WireCall;
  readonly #clock: Clock;
  readonly #scheme: Scheme;
  #abortReason: ConnectError | undefined;
  #controller: AbortController | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #values: ContextValues | undefined;

  constructor(method: DescMethod, wire: WireCall, clock: Clock, scheme: Scheme) {
    this.method = method;
    this.identity = undefined;
    this.onAbort = undefined;
    this.#wire = wire;
    this.#clock = clock;
    this.#scheme = scheme;
    this.#abortReason = undefined;
    this.#controller = undefined;
    this.#requestHeader = undefined;
    this.#responseHeader = undefined;
    this.#responseTrailer = undefined;
    this.#values = undefined;
  }

  get protocolName(): string {
    return this.#wire.protocolName;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get url(): string {
    return `${this.#scheme}://${this.#wire.authority}${this.#wire.path}`;
  }

  /** Aborted when the call ends: by its result, its client, its deadline or a drain. */
  get signal(): AbortSignal {
    this.#controller ??= abortedFor(this.#abortReason);
    return this.#controller.signal;
  }

  /**
   * The time until the call's deadline, at least 1 ms; `undefined` without one. Never 0 or less: a handler may pass it on
   * as the `timeoutMs` of its own call, and Connect takes 0 or less as "no deadline".
   */
  readonly timeoutMs = (): number | undefined => {
    const { deadlineMs } = this.#wire;
    return deadlineMs === Number.POSITIVE_INFINITY ? undefined : Math.max(1, deadlineMs - this.#clock.now());
  };

  get requestHeader(): Headers {
    this.#requestHeader ??= this.#wire.metadata.toHeaders();
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  get values(): ContextValues {
    this.#values ??= createContextValues()
      .set(identityKey, this.identity)
      .set(peerCertificateKey, () => this.#readPeerCertificate());
    return this.#values;
  }

  /** The response headers if the handler has touched them. */
  get touchedHeader(): Headers | undefined {
    return this.#responseHeader;
  }

  /** The response trailers if the handler has touched them. */
  get touchedTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }

  /** Why the call has ended, if it has. */
  get abortReason(): ConnectError | undefined {
    return this.#abortReason;
  }

  abort(reason: ConnectError): void {
    this.#abortReason ??= reason;
    this.#controller?.abort(reason);
    this.onAbort?.();
  }

  #readPeerCertificate(): PeerCertificate | undefined {
    const der = this.#wire.peerCertificate();
    return der === undefined ? undefined : readPeerCertificate(der);
  }
}

function abortedFor(reason: ConnectError | undefined): AbortController {
  const controller = new AbortController();
  if (reason !== undefined) controller.abort(reason);
  return controller;
}
