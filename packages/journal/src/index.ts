// For programs that use a journal: open the one that the environment names. `./host` is for programs that host one. The adapters
// are not exported, because each loads the client of its store.

export { type CreateJournalOptions, createJournal } from "./create-journal.ts";
export type { ClaimOptions, DueTimes, ScheduleOptions } from "./due-times.ts";
export { isJournalError, JournalError, type JournalErrorCode } from "./errors.ts";
export { InProcessJournal, type InProcessJournalOptions } from "./in-process.ts";
export {
  type AppendOptions,
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  type LogPage,
  MAX_PAGE_BYTES,
  MAX_VALUE_BYTES,
  type Page,
  type PutOptions,
  type Quota,
  type ReadOptions,
} from "./journal.ts";
export type { RedisEvent } from "./redis/connection.ts";
export type { RedisTarget } from "./redis/url.ts";
export { STORE_FULL_REMEDY, StoreRefusals, type StoreRefusalsOptions } from "./store-refusals.ts";
export { readRedisUrl } from "./store-urls.ts";
export { UnreadableDocuments } from "./unreadable.ts";
