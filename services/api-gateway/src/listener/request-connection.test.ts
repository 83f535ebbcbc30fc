// What a route learns of the end of its response, over real sockets.

import { connect } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { expect, test } from "vitest";
import { HttpListener } from "./http-listener.ts";

test.for<[how: string, end: (listener: HttpListener) => void]>([
  ["its body breaks at the end of a drain", (listener) => listener.failCalls()],
  ["the drain closes the connections", (listener) => listener.disconnect()],
])("a stream has its end once when %s", async ([, end]) => {
  const aborted = Promise.withResolvers<never>();
  aborted.promise.catch(() => {});
  const closed: string[] = [];
  const opened = Promise.withResolvers<void>();
  const listener = new HttpListener({
    fetch(_, connection) {
      connection.onClose(() => closed.push("end"));
      connection.stream({ next: () => aborted.promise, rest: () => {}, leave: () => {} }, ":\n");
      opened.resolve();
      return new Response(null, { headers: { "content-type": "text/event-stream" } });
    },
    clock: systemClock,
    maxConnectionsPerAddress: 10,
    onDrain: () => {},
    onAbort: () => aborted.reject(new Error("the gateway stops")),
  });
  const port = await listener.listen("127.0.0.1", 0);
  const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  socket.on("error", () => {});
  await opened.promise;
  expect(closed).toEqual([]);

  const gone = new Promise((resolve) => socket.resume().once("close", resolve));
  listener.stopListening();
  listener.goAway();
  end(listener);
  await Promise.all([gone, listener.disconnected()]);
  expect(closed).toEqual(["end"]);
});

test("a route that asks after the client has left hears it at once", async () => {
  const left = Promise.withResolvers<void>();
  const heard = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const listener = new HttpListener({
    async fetch(request, connection) {
      request.signal.addEventListener("abort", () => left.resolve());
      opened.resolve();
      await left.promise;
      connection.onClose(heard.resolve);
      return new Response(null);
    },
    clock: systemClock,
    maxConnectionsPerAddress: 10,
    onDrain: () => {},
    onAbort: () => {},
  });
  const port = await listener.listen("127.0.0.1", 0);
  const socket = connect({ port, host: "127.0.0.1" }, () => socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n"));
  await opened.promise;
  socket.destroy();
  await heard.promise;
  listener.stopListening();
  await listener.disconnected();
});
