/** What tests of code on this channel need: a resolver to drive, a server with bad manners. */

export { ManualResolver } from "./manual-resolver.ts";
export { echo, type StubCall, type StubHandler, StubServer, type StubServerOptions } from "./stub-server.ts";
