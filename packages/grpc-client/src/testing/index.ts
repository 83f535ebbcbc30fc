/** For tests of code that uses a channel: a resolver that the test controls, and a server that can misbehave. */

export { ManualResolver } from "./manual-resolver.ts";
export { echo, type StubCall, type StubHandler, StubServer, type StubServerOptions } from "./stub-server.ts";
