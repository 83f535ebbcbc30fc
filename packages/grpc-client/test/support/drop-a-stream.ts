// A program that reads a message of each of two streams by a client of Connect's. It leaves the loop of one and keeps the iterator
// of the other. Then it collects garbage until the server sees the first one end, and prints the state of both.
// Needs --expose-gc.

import { createChannel } from "../../src/index.ts";
import { type StubCall, StubServer } from "../../src/testing/index.ts";
import { agent, inFlight, say } from "./connect-client.ts";
import { turns, until } from "./until.ts";

const { gc } = globalThis;
if (gc === undefined) throw new Error("run this with --expose-gc");

const served: StubCall[] = [];
const server = await StubServer.start({
  handlers: {
    "*": (call) => {
      served.push(call);
      say(call, ["first", "second"]);
    },
  },
});
const channel = createChannel(`ipv4:${server.address}`);
const client = agent(channel);

/** A function of its own, so that no reference to the stream is left on the stack. */
async function readOne(): Promise<void> {
  for await (const { message } of client.processConversation({})) {
    if (message !== "first") throw new Error(`expected the first message, got ${message}`);
    break;
  }
}

await readOne();
let resetWith: number | undefined;
void served[0]?.closed.then((code) => (resetWith = code));

const kept = client.processConversation({})[Symbol.asyncIterator]();
await kept.next();
let keptEnded = false;
void served[1]?.closed.then(() => (keptEnded = true));

const before = inFlight(channel);
await until(() => {
  gc();
  return resetWith !== undefined;
}, "the stream that was left is cancelled");
for (let i = 0; i < 20; i++) {
  gc();
  await turns(1);
}
const { value: second } = await kept.next();
console.log(JSON.stringify({ before, resetWith, keptEnded, second: second?.message, after: inFlight(channel) }));
await kept.return?.();
served[1]?.end();
await channel.close();
await server.stop();
