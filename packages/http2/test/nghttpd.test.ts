/** nghttpd, the server of nghttp2: its HPACK, by the log of what it has received and sent, and its frames, which it pads when it is told to. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seededRandom } from "@agent-team/foundation/random";
import type { HeaderField } from "@agent-team/http2";
import { findProgram } from "@agent-team/test-support/find-program";
import { freePort } from "@agent-team/test-support/free-port";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Clients } from "./support/client.ts";
import { LineProcess } from "./support/line-process.ts";
import { randomMetadata } from "./support/metadata.ts";
import { RawClient } from "./support/raw-client.ts";
import { RecordingStream } from "./support/recorders.ts";

const NGHTTPD = findProgram("nghttpd");
const SEED = 7_541;
const CALLS = 60;

const FILE_BYTES = 2_000_000;
const FILES = 6;

let folder: string;
const clients = new Clients();

beforeEach(({ skip }) => {
  skip(NGHTTPD === undefined, "no nghttpd in PATH: install it (Debian: apt-get install nghttp2-server) to run this");
  folder = mkdtempSync(join(tmpdir(), "nghttpd-"));
  for (let size = 0; size < 10; size++) writeFileSync(join(folder, `${size}.txt`), "x".repeat(100 * size + 1));
});

afterEach(async () => {
  await clients.stop();
  rmSync(folder, { recursive: true, force: true });
});

test.each([
  { decoderBytes: 4_096, encoderBytes: 4_096 },
  { decoderBytes: 200, encoderBytes: 200 },
  { decoderBytes: 0, encoderBytes: 0 },
])("nghttpd and we read each other's blocks: tables of $decoderBytes and $encoderBytes bytes", async (tables) => {
  const port = await freePort();
  await using server = new LineProcess(NGHTTPD as string, [
    ...["--no-tls", "--verbose", "--address=127.0.0.1", `--htdocs=${folder}`, "--trailer", "x-trailer: one, two"],
    ...[
      `--header-table-size=${tables.decoderBytes}`,
      `--encoder-header-table-size=${tables.encoderBytes}`,
      String(port),
    ],
  ]);
  expect(await server.line()).toContain("listen");
  using client = await RawClient.connect(port);
  const random = seededRandom(SEED);
  const sent: HeaderField[][] = [];
  const received: (readonly HeaderField[])[] = [];
  for (let call = 0; call < CALLS; call++) {
    if (call === CALLS / 2) await client.setHeaderTableSize(100);
    const fields: HeaderField[] = [
      [":method", "GET"],
      [":scheme", "http"],
      [":authority", `127.0.0.1:${port}`],
      // 10.txt and 11.txt do not exist.
      [":path", `/${Math.floor(random() * 12)}.txt`],
      ...randomMetadata(random),
    ];
    sent.push(fields);
    received.push(...(await client.request(fields)).lists);
  }

  const log = await logUntil(server, `stream_id=${2 * CALLS - 1} closed`);
  expect(requestsIn(log)).toEqual(sent);
  expect(listsIn(log)).toEqual(received);
});

test("nghttpd pads its frames and sends trailers, and files above the windows come whole", async () => {
  const file = Buffer.alloc(FILE_BYTES, "nghttp2 ");
  writeFileSync(join(folder, "file"), file);
  const port = await freePort();
  const options = ["--no-tls", "--verbose", "--address=127.0.0.1", `--htdocs=${folder}`];
  await using server = new LineProcess(NGHTTPD as string, [
    ...options,
    "--padding=255",
    "--trailer=x-end: yes",
    `${port}`,
  ]);
  expect(await server.line()).toContain("listen");
  const { connection } = await clients.ready(port);
  const get = (path: string): RecordingStream => {
    const events = new RecordingStream();
    const head = { ":method": "GET", ":scheme": "http", ":authority": "127.0.0.1", ":path": path };
    connection.open(connection.prepare(Object.entries(head)), [], events)?.send(new Uint8Array(), true);
    return events;
  };

  for (const events of Array.from({ length: FILES }, () => get("/file"))) {
    await events.finished();
    expect({ abort: events.abort, isWhole: file.equals(Buffer.concat(events.parts)) }).toEqual({ isWhole: true });
    expect(events.trailers).toEqual([["x-end", "yes"]]);
  }
  expect((await get("/none").finished()).headers).toContainEqual([":status", "404"]);
});

async function logUntil(server: LineProcess, end: string): Promise<readonly string[]> {
  const lines: string[] = [];
  while (!(lines.at(-1) ?? "").endsWith(end)) lines.push(await server.line());
  return lines;
}

const FIELD = /^(:?[^:]+): (.*)$/;

/** From lines like `[id=1] [  0.134] recv (stream_id=1) :method: GET`. */
function requestsIn(log: readonly string[]): HeaderField[][] {
  const requests = new Map<string, HeaderField[]>();
  for (const line of log) {
    const [, streamId, field] = /recv \(stream_id=(\d+)\) (.*)$/.exec(line) ?? [];
    if (streamId === undefined || field === undefined) continue;
    requests.set(streamId, [...(requests.get(streamId) ?? []), toField(field)]);
  }
  return [...requests.values()];
}

/** From lines like `… send HEADERS frame <…>` and the indented fields that follow them. */
function listsIn(log: readonly string[]): HeaderField[][] {
  const lists: HeaderField[][] = [];
  let isInList = false;
  for (const line of log) {
    if (!line.startsWith(" ")) isInList = line.includes("send HEADERS frame");
    if (isInList && !line.startsWith(" ")) lists.push([]);
    if (isInList && /^ {10}[^;( ]/.test(line)) lists.at(-1)?.push(toField(line.slice(10)));
  }
  return lists;
}

function toField(text: string): HeaderField {
  const [, name, value] = FIELD.exec(text) ?? [];
  if (name === undefined || value === undefined) throw new Error(`expected a field, got ${text}`);
  return [name, value];
}
