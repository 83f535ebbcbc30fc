/**
 * Largest message of either side, in bytes. The largest ones carry a value of `MAX_VALUE_BYTES`, or a page of
 * `MAX_PAGE_BYTES`, with keys and the names of indexes.
 */
export const MAX_MESSAGE_BYTES: number = 16 * 1024 * 1024;
