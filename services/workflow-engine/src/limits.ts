// The caps of the engine. Each keeps one request, run or node from taking what others need.

/** Nodes and connections of one workflow. It takes a millisecond or two to validate that many. */
export const MAX_NODES = 100;
export const MAX_CONNECTIONS = 300;

/** Longest expression, in characters. */
export const MAX_EXPRESSION_LENGTH = 8192;

/** All expressions of one workflow, in bytes. Validation parses each of them. */
export const MAX_EXPRESSIONS_BYTES: number = 64 * 1024;

/** A spec, a run's input, a node's output, each in bytes. A sixteenth of the largest gRPC message. */
export const MAX_PAYLOAD_BYTES: number = 256 * 1024;

/** All events of one run, in bytes. One append has at most that many, and the journal's own limit of an append is twice as high. */
export const MAX_EVENTS_BYTES: number = 4 * 1024 * 1024;

/** The preview of one input or output, in bytes. */
export const MAX_PREVIEW_BYTES: number = 4 * 1024;

/**
 * All previews of one run. As a message a value has up to 5.5 times the bytes of its JSON (`1,` is 11 bytes of a
 * ListValue), so the previews, the run's output (256 KiB) and 4 KiB for the error of each node stay below 4 MiB.
 */
export const MAX_PREVIEWS_BYTES: number = 256 * 1024;

/** The question and the comment of an approval, each in bytes. */
export const MAX_PROMPT_BYTES: number = 4 * 1024;
export const MAX_COMMENT_BYTES = 1024;

/** A request id, in bytes. */
export const MAX_REQUEST_ID_BYTES = 128;

/** One attempt of a node: default and cap. */
export const DEFAULT_NODE_TIMEOUT_MS = 30_000;
export const MAX_NODE_TIMEOUT_MS = 600_000;

/** The time in which nodes of a run execute: default 1 h. Waits for timers and for people do not count. */
export const DEFAULT_RUN_TIMEOUT_MS = 3_600_000;

/** A whole run, with its waits: 30 days. */
export const MAX_RUN_TIMEOUT_MS: number = 30 * 24 * 3_600_000;

/** Waits before the second and a later attempt of a node, unless its retry policy has others. */
export const DEFAULT_INITIAL_BACKOFF_MS = 1000;
export const DEFAULT_MAX_BACKOFF_MS = 60_000;

/** Attempts of one node, the first included. */
export const MAX_ATTEMPTS = 10;

/**
 * Items × nodes of the body of one loop. Each step of a run reads all its events, of which such a loop has at most 4,000 with its waits:
 * a millisecond or two.
 */
export const MAX_LOOP_NODES = 1000;
export const MAX_LOOP_CONCURRENCY = 10;

/** The message of a failure in a loop, in bytes, so that a run that shows all of them stays below 4 MiB. */
export const MAX_LOOP_ERROR_BYTES = 512;

/** Nodes that run at once on one instance. One owner alone takes at most half of them (`FairPermits`). */
export const MAX_RUNNING_NODES = 64;

/** Runs of one owner that one instance drives at once. Runs that only wait are not driven. Further ones stay PENDING. */
export const MAX_ACTIVE_RUNS = 10;

/** Tombstones of one owner, for deleted workflows and runs. One takes about 200 bytes. */
export const MAX_TOMBSTONES_PER_OWNER = 1000;
