/** A stub server in a process of its own, which a test can stop by a signal. Argument: its address. Prints its port. */

import { echo, StubServer } from "../../src/testing/index.ts";

const server = await StubServer.start({
  host: process.argv[2],
  // A stream gets one message and stays open.
  handlers: { "/test.Echo/Watch": (call) => call.send(Buffer.from("first")), "*": echo },
});
process.stdout.write(`${server.port}\n`);
// Ends with the test, however that ends.
process.stdin.on("end", () => process.exit(0)).resume();
