/** What tests of code on this channel need: time and dice in hand, a resolver to drive, a server with bad manners. */

export { seededRandom } from "../random.ts";
export { FakeClock } from "./fake-clock.ts";
export { ManualResolver } from "./manual-resolver.ts";
export { echo, type StubCall, type StubHandler, StubServer, type StubServerOptions } from "./stub-server.ts";
