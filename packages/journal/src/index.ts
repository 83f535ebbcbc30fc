// For programs that use a journal: open the one that the environment names. `./host` is for programs that host one.

export { type CreateJournalOptions, createJournal } from "./create-journal.ts";
export { isJournalError, JournalError, type JournalErrorCode } from "./errors.ts";
export { GrpcJournal, type GrpcJournalOptions } from "./grpc/client.ts";
export { InProcessJournal, type InProcessJournalOptions } from "./in-process.ts";
export {
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  MAX_PAGE_BYTES,
  MAX_VALUE_BYTES,
  type Page,
  type PutOptions,
  type Quota,
} from "./journal.ts";
export { RedisJournal, type RedisJournalOptions } from "./redis/client.ts";
export type { RedisEvent } from "./redis/connection.ts";
export type { RedisTarget } from "./redis/url.ts";
export { readRedisUrl } from "./store-urls.ts";
