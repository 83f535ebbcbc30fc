/** Opens event streams of a gateway, in a process of its own, and reads them until it ends. */

import { once } from "node:events";
import { connect } from "node:net";
import { answerParent } from "../child.ts";

export interface ReadRequest {
  /** One reader for each. */
  readonly paths: readonly string[];
}

export interface ReadReport {
  /** Readers so far that have had an event and are still connected. */
  readonly reading: number;
  /** The fewest events that one of them has had. */
  readonly fewestEvents: number;
}

/** So many requests at a time stay below the gateway's backlog. */
const AT_A_TIME = 100;
const [port] = process.argv.slice(2).map(Number) as [number];
const readers = new Set<{ events: number }>();

answerParent(async ({ paths }: ReadRequest): Promise<ReadReport> => {
  const left = [...paths];
  const readNext = async (): Promise<void> => {
    for (let path = left.shift(); path !== undefined; path = left.shift()) await readOne(path);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, readNext));
  return { reading: readers.size, fewestEvents: Math.min(...[...readers].map(({ events }) => events)) };
});

/** Resolves when the first event has come. */
async function readOne(path: string): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: text/event-stream\r\n\r\n`);
  const reader = { events: 0 };
  const began = Promise.withResolvers<void>();
  socket.setEncoding("latin1");
  let received = "";
  socket.on("data", (text: string) => {
    if (reader.events === 0) received += text;
    reader.events += text.split("\nevent: ").length - 1;
    if (reader.events > 0) began.resolve();
  });
  socket.once("error", () => socket.destroy());
  socket.once("close", () => {
    readers.delete(reader);
    began.reject(new Error(`${path} ended before its first event: ${received.slice(0, 1_000)}`));
  });
  await began.promise;
  readers.add(reader);
}
