// A program that finds somebody by the target that it is given (JSON), says what its channel knows, and has nothing more to
// do. It does not close its channel: what discovery keeps open may not keep a program running.

import { createChannel, type Target } from "../../src/index.ts";

const channel = createChannel(JSON.parse(process.argv[2] ?? "") as Target);
const found = Promise.withResolvers<void>();
channel.on((event) => {
  if (event.type === "connectivity-changed" && event.to === "ready") queueMicrotask(found.resolve);
});
await found.promise;
console.log(JSON.stringify(channel.snapshot()));
