// A program that waits for an endpoint of the target in its argument (JSON) and prints the channel's snapshot. It does not close its
// channel: the connections of discovery must not keep a program running.

import { createChannel, type Target } from "../../src/index.ts";

const channel = createChannel(JSON.parse(process.argv[2] ?? "") as Target);
const found = Promise.withResolvers<void>();
channel.on((event) => {
  if (event.type === "connectivity-changed" && event.to === "ready") queueMicrotask(found.resolve);
});
await found.promise;
console.log(JSON.stringify(channel.snapshot()));
