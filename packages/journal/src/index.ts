// For services: open the journal that the environment asks for, and use it.

// For whoever hosts it: the stores themselves, and the socket on which other processes share one.
export { type CreateJournalOptions, createJournal, readRedisUrl } from "./create-journal.ts";
export { isJournalError, JournalError, type JournalErrorCode } from "./errors.ts";
export { InProcessJournal, type InProcessJournalOptions } from "./in-process.ts";
export {
  type DeleteOptions,
  type Document,
  type Journal,
  type ListedDocument,
  type ListOptions,
  maxPageBytes,
  maxValueBytes,
  type Page,
  type PutOptions,
  type Quota,
} from "./journal.ts";
export { RedisJournal, type RedisJournalOptions } from "./redis/client.ts";
export type { RedisEvent } from "./redis/connection.ts";
export type { RedisTarget } from "./redis/url.ts";
export { TcpJournal, type TcpJournalOptions } from "./tcp/client.ts";
export { type JournalServer, type ServeJournalOptions, serveJournal } from "./tcp/server.ts";
