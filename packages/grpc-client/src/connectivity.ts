/**
 * The state of one subchannel, in gRPC's words: not connected, connecting, connected, waiting after a failure, ended.
 * `subchannel/subchannel.ts` is the state machine and draws it.
 */
export type Connectivity = "idle" | "connecting" | "ready" | "transient-failure" | "shutdown";
