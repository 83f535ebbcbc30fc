// What expressions may take. The process in which they run imports this file, so it imports nothing.

/** CPU time of one expression. Above it the process ends, and the node fails with EXPRESSION_TIMEOUT. */
export const MAX_EXPRESSION_CPU_MS = 100;

/**
 * Memory that one expression may take in addition to the memory of its idle process. Above it the process ends, and the node
 * fails with EXPRESSION_TOO_LARGE. The scope of an expression, up to 4 MiB of JSON, takes about 40 MiB of it.
 */
export const MAX_EXPRESSION_MIB = 64;

/** V8's limit for the heap of a process, whose idle heap has 10 MiB. It stops one value that grows between two looks. */
export const MAX_HEAP_MIB = 80;

/** Expression processes of one engine. One owner occupies at most one of two, so that the other is free for others. */
export const EXPRESSION_PROCESSES = 2;
