/** How long a test waits for a condition. Only a condition that never holds reaches it: a busy machine takes seconds for what else takes none. */
export const WAIT_MS = 30_000;
