/** How the plain server answers. Each field has a default without a fault. */
export interface Manner {
  /** Multiplies the time of each call. Default 1. */
  readonly slowBy?: number;
  /** Answers a share of the calls with a status, before the handler runs. */
  readonly fails?: Failing;
  /** Tells those who watch its health that it does not serve. Its calls go on as before. */
  readonly saysNotServing?: boolean;
  /** Calls that run at once; more wait in order. Default: no limit. */
  readonly slots?: number;
  /** With `slots`: one call more is refused before its handler, with a pushback of 50 to 150 ms, as our servers do. Default: no limit. */
  readonly maxWaiting?: number;
  /** Breaks the response of each unary call. */
  readonly malformed?: Malformed;
  /** Sends the message of each unary call at one byte a second. */
  readonly trickles?: boolean;
  /** Bytes of metadata in each response. */
  readonly metadataBytes?: number;
}

export interface Failing {
  readonly status: number;
  readonly afterMs: number;
  /** 1: all calls. Default 1. */
  readonly ratio?: number;
  /** The value of `grpc-retry-pushback-ms` in the trailers. Default: no such trailer. */
  readonly pushbackMs?: number;
}

/**
 * `status`: grpc-status is not a number. `no-status`: trailers without grpc-status. `cut`: the message ends before its
 * length. `huge`: a prefix that announces 1 GiB. `garbage`: bytes that are no gRPC message.
 */
export type Malformed = "status" | "no-status" | "cut" | "huge" | "garbage";
