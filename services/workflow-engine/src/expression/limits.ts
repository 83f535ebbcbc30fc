// What expressions may take. In a file of its own, because the process in which they run reads it, too.

/** CPU time of one expression. Then its process ends, and the node fails with EXPRESSION_TIMEOUT. */
export const maxExpressionCpuMs = 100;

/**
 * Memory that one expression may take beyond what its process had before. Then the process ends, and the node fails with
 * EXPRESSION_TOO_LARGE. The scope of an expression, up to 4 MiB of JSON, takes about 40 MiB of it.
 */
export const maxExpressionMiB = 64;

/** V8's own limit for the heap of a process, whose idle heap has 10 MiB: for one value that grows between two looks. */
export const maxHeapMiB = 80;

/** Longest expression, in characters. */
export const maxExpressionLength = 8192;

/** All expressions of one workflow, in bytes: each costs a look when the workflow is checked. */
export const maxExpressionsBytes: number = 64 * 1024;

/** Expression processes of one engine. One owner occupies at most one of two, so that the other is free for others. */
export const expressionProcesses = 2;
