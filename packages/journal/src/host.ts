// For programs that host a journal for other processes. Apart from the index, because a server of gRPC takes time to load.

export { type JournalServer, type ServeJournalOptions, serveJournal } from "./grpc/server.ts";
export { InProcessJournal, type InProcessJournalOptions } from "./in-process.ts";
export { readRedisUrl } from "./store-urls.ts";
