/** Story: all connections read into one buffer. What waits for a reader of one is not changed by what another one reads. */

import { until } from "@agent-team/test-support/until";
import { afterEach, expect, test } from "vitest";
import { dataFrame, settingsFrame } from "../src/build-frame.ts";
import { Clients, request } from "./support/client.ts";
import { headersFrame, OK } from "./support/frame-peer.ts";

const clients = new Clients();
afterEach(() => clients.stop());

/** A client of a peer that fills its DATA with one letter, and a request that the peer has answered with 6 large and 6 small frames. */
async function answered(letter: string, isPaused: boolean) {
  const client = await clients.withPeer();
  client.peer.send(settingsFrame());
  await until(() => client.connection.hasRoom, "SETTINGS have come");
  const opened = request(client);
  if (isPaused) opened.stream.pause();
  const frames = [16_384, 100].flatMap((bytes) => Array<Uint8Array>(6).fill(dataFrame(1, Buffer.alloc(bytes, letter))));
  client.peer.send(headersFrame(1, OK), ...frames);
  return { ...opened, expected: Buffer.alloc(6 * 16_484, letter), socket: client.socket, peer: client.peer };
}

test("data of a paused stream stays what it was while another connection reads", async () => {
  const waiting = await answered("a", true);
  await until(() => waiting.socket.bytesRead > waiting.expected.length, "the paused stream's data has come");
  const other = await answered("b", false);
  await until(() => other.events.bytes === other.expected.length, "the other connection has read");
  expect(waiting.events.bytes).toBe(0);
  waiting.stream.resume();
  expect(Buffer.concat(waiting.events.parts).equals(waiting.expected)).toBe(true);
  expect(Buffer.concat(other.events.parts).equals(other.expected)).toBe(true);
});
