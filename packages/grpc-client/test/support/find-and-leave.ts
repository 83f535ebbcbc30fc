// A program that waits for an endpoint of the target in its first argument (JSON), by a channel with the options in its second one, and
// prints the channel's snapshot. It does not close its channel: what no call is on must not keep a program running.

import { type ChannelOptions, createChannel, type Target } from "../../src/index.ts";

const channel = createChannel(
  JSON.parse(process.argv[2] ?? "") as Target,
  JSON.parse(process.argv[3] ?? "") as ChannelOptions,
);
const found = Promise.withResolvers<void>();
channel.on((event) => {
  if (event.type === "connectivity-changed" && event.to === "ready") queueMicrotask(found.resolve);
});
await found.promise;
console.log(JSON.stringify(channel.snapshot()));
