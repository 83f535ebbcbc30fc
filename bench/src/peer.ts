/** One client library under measurement. */
export interface Peer {
  /** One call of the workload, answered and checked. */
  call(): Promise<void>;
  /** Ends its connections. */
  close(): void | Promise<void>;
}

/** Makes a peer that calls the load server at these addresses, each `host:port`. */
export type PeerFactory = (addresses: readonly string[]) => Peer;

/** Calls take this long at most, where the library has deadlines: one is armed for each call, as in production. */
export const CALL_TIMEOUT_MS = 60_000;
