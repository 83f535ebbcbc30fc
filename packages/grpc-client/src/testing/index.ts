/** For tests of code that uses a channel: a resolver that the test controls, and a server that can misbehave. */

export { loadEndpoints } from "../channel-loading.ts";
export { ManualResolver } from "./manual-resolver.ts";
export { echo, type StubCall, type StubHandler, StubServer, type StubServerOptions } from "./stub-server.ts";
