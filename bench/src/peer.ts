/** Where the load server listens, and how a client reaches it. */
export interface PeerTarget {
  /** Each `host:port`. */
  readonly addresses: readonly string[];
  /** The certificate of the server's CA, as PEM, if it speaks TLS. The server's name in it is `SERVER_NAME`. */
  readonly ca?: string | undefined;
  /** To how many addresses ours is to connect. Default: as a user has it, to 64 of them at most. */
  readonly subsetSize?: number | undefined;
}

/** The name in the load server's certificate. */
export const SERVER_NAME = "load-server";

/** One client library under measurement. */
export interface Peer {
  /** One call of the workload, answered and checked. */
  call(): Promise<void>;
  /** One call of `Echo.Stream`: `STREAM_MESSAGES` small messages of the server, each checked. */
  serverStream?(): Promise<void>;
  /** One call of `Echo.PingPong`: `STREAM_MESSAGES` small messages there and back, one after another. */
  pingPong?(): Promise<void>;
  /** One call of `Echo.Large`: so many bytes there and back. */
  large?(bytes: number): Promise<void>;
  /** Begins a call of `Echo.Hang`: unary, with a small message and no answer. */
  hang?(): void;
  /** Ends its connections. */
  close(): void | Promise<void>;
}

/** Makes a peer that calls the load server. */
export type PeerFactory = (target: PeerTarget) => Peer;

/** The largest message of a benchmark, and some. */
export const MAX_MESSAGE_BYTES: number = 17 << 20;

/** Calls take this long at most, where the library has deadlines: one is armed for each call, as in production. */
export const CALL_TIMEOUT_MS = 60_000;
