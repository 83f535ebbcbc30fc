/**
 * The state of one subchannel's connection, in gRPC's words.
 *
 *           connect()             TCP + TLS + SETTINGS
 *    idle ────────────► connecting ────────────► ready
 *     ▲                  │      ▲                 │
 *     │        failed or │      │ backoff over    │ GOAWAY or loss
 *     │        timed out ▼      │                 │
 *     │             transient-failure             │
 *     └───────────────────────────────────────────┘
 *
 * `shutdown` is reached from every state and left for none.
 */
export type Connectivity = "idle" | "connecting" | "ready" | "transient-failure" | "shutdown";
