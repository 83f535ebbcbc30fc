/**
 * The keys in Redis. Those of documents share one hash tag, and thus one slot: one script changes a document, the
 * counter and any of the indexes, and the interface does not say which documents an index may hold together. On the
 * single shard that is deployed a tag has no effect; a cluster would have all documents on one shard. A log has the tag of its
 * document, because an append changes both (decision 0042).
 *
 * | key                           | type | holds                                                              |
 * |-------------------------------|------|--------------------------------------------------------------------|
 * | `at:{documents}:document:KEY` | hash | `version`, `value`, `sequence` (its position), `indexes` (the keys  |
 * |                               |      | of its indexes, in MessagePack), `counted` (see `scripts.ts`)      |
 * |                               |      | and, with a log, `logged` (the bytes of its records)               |
 * | `at:{documents}:log:KEY`      | list | the records of the document's log, the oldest first                |
 * | `at:{documents}:index:NAME`   | zset | keys of documents, each at its sequence                            |
 * | `at:{documents}:size:NAME`    | hash | `documents` and `bytes` of the index of that name                  |
 * | `at:{documents}:sequence`     | text | the last position                                                  |
 * | `at:{documents}:due:QUEUE`    | zset | keys, each at the moment at which it is due, in ms of Redis `TIME` |
 * | `at:rl:KEY`                   | text | of a token bucket the moment at which it is full, in µs of Redis   |
 * |                               |      | `TIME`; the key lives until then                                   |
 */
const PREFIX = "at:{documents}:";
const DOCUMENT_PREFIX = `${PREFIX}document:`;

export const SEQUENCE_KEY: string = `${PREFIX}sequence`;

export function documentKey(key: string): string {
  return DOCUMENT_PREFIX + key;
}

/** The reverse of `documentKey`. */
export function keyOfDocument(documentKey: string): string {
  return documentKey.slice(DOCUMENT_PREFIX.length);
}

export function indexKey(index: string): string {
  return `${PREFIX}index:${index}`;
}

export function dueKey(queue: string): string {
  return `${PREFIX}due:${queue}`;
}

const BUCKET_PREFIX = "at:rl:";

/** No bucket is there. */
export const BUCKETS_PROBE_KEY: string = `${BUCKET_PREFIX}probe`;

export function bucketKey(key: string): string {
  return BUCKET_PREFIX + key;
}
