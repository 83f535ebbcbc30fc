/**
 * Where documents lie in Redis. All of them share one hash tag, so they share one slot: a put changes a document, the
 * counter and any of the indexes in one script, and the port does not say which documents an index may hold together.
 * On the single shard that is deployed a tag means nothing; on a cluster it would put all documents onto one shard.
 * Logs, whose keys never meet those of another conversation, are to have a tag each (decision 0014).
 *
 * | key                           | type | holds                                                                    |
 * |-------------------------------|------|--------------------------------------------------------------------------|
 * | `at:{documents}:document:KEY` | hash | `version`, `value`, `sequence` (its position), `indexes` (keys, MessagePack) |
 * | `at:{documents}:index:NAME`   | zset | keys of documents, each at its sequence                                  |
 * | `at:{documents}:size:NAME`    | hash | `documents` and `bytes` of the index of that name                        |
 * | `at:{documents}:sequence`     | text | the last position that was given                                         |
 */
const prefix = "at:{documents}:";
const documentPrefix = `${prefix}document:`;

export const sequenceKey: string = `${prefix}sequence`;

export function documentKey(key: string): string {
  return documentPrefix + key;
}

/** The other way. */
export function keyOfDocument(documentKey: string): string {
  return documentKey.slice(documentPrefix.length);
}

export function indexKey(index: string): string {
  return `${prefix}index:${index}`;
}
