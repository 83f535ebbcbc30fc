// The caps of the engine. Each keeps one request, one run or one node from taking what belongs to the others.

/** Nodes and connections of a workflow: more than a person can oversee, little enough to check in a millisecond or two. */
export const maxNodes = 100;
export const maxConnections = 300;

/** A spec, a run's input, a node's output, each as bytes. A sixteenth of the largest gRPC message. */
export const maxPayloadBytes: number = 256 * 1024;

/** All events of one run together, which are one document of the journal (whose own limit is twice that). */
export const maxRunBytes: number = 4 * 1024 * 1024;

/** What a preview shows of an input or output. */
export const maxPreviewBytes: number = 4 * 1024;

/**
 * All previews of one run together. As a message a value has up to 5.5 times the bytes of its JSON (`1,` is 11 bytes of a
 * ListValue), so these, the run's output (256 KiB) and 4 KiB for the error of each node stay below 4 MiB.
 */
export const maxPreviewsBytes: number = 256 * 1024;

/** A request id, in bytes. */
export const maxRequestIdBytes = 128;

/** One attempt of a node: default and cap. */
export const defaultNodeTimeoutMs = 30_000;
export const maxNodeTimeoutMs = 600_000;

/** A whole run: default 1 h, cap 30 days. */
export const defaultRunTimeoutMs = 3_600_000;
export const maxRunTimeoutMs: number = 30 * 24 * 3_600_000;

/** Nodes that run at once on one instance. One owner alone takes at most half of them (`FairPermits`). */
export const maxRunningNodes = 64;

/** Runs of one owner that have not ended, on one instance. */
export const maxActiveRuns = 10;

/** Deleted workflows and runs of one owner that are remembered at once, each in about 200 bytes. */
export const maxTombstonesPerOwner = 1000;

/** Attempts of one node, the first included. */
export const maxAttempts = 10;
