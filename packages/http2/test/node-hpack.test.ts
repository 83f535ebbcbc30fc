/** The HPACK of node:http2, which is nghttp2's library, over real sockets: its decoder reads our blocks, and ours reads its. */

import { once } from "node:events";
import { createServer, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { seededRandom } from "@agent-team/foundation/random";
import type { HeaderField } from "@agent-team/http2";
import { afterEach, expect, test } from "vitest";
import { randomMetadata } from "./support/metadata.ts";
import { RawClient } from "./support/raw-client.ts";

const SEED = 7_541;
const CALLS = 300;

const onExit: (() => void)[] = [];

afterEach(() => {
  for (const close of onExit.splice(0)) close();
});

/** One call as the server sees it. */
interface Exchange {
  readonly seen: readonly HeaderField[];
  readonly headers: readonly HeaderField[];
  readonly trailers: readonly HeaderField[];
}

/** A server that answers with these headers and trailers, and keeps what it has received and sent. */
async function serve(
  answer: () => HeaderField[],
): Promise<{ port: number; exchanges: Exchange[]; sessions: ServerHttp2Session[] }> {
  const exchanges: Exchange[] = [];
  const sessions: ServerHttp2Session[] = [];
  const server = createServer();
  server.on("session", (session) => sessions.push(session));
  server.on("stream", (stream, _headers, _flags, raw) => {
    const headers = answer();
    const trailers: HeaderField[] = [["grpc-status", "0"], ...answer()];
    exchanges.push({ seen: pairsOf(raw as unknown as string[]), headers, trailers });
    stream.respond(
      { ":status": 200, "content-type": "application/grpc", ...Object.fromEntries(headers) },
      { waitForTrailers: true },
    );
    stream.on("wantTrailers", () => stream.sendTrailers(Object.fromEntries(trailers)));
    stream.end("x");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onExit.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, exchanges, sessions };
}

function pairsOf(raw: readonly string[]): HeaderField[] {
  return Array.from({ length: raw.length / 2 }, (_, i) => [raw[2 * i] as string, raw[2 * i + 1] as string]);
}

test(`node:http2 and we read each other's blocks, with tables of every size (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const { port, exchanges, sessions } = await serve(() => randomMetadata(random));
  using client = await RawClient.connect(port);
  const constants: readonly HeaderField[] = [
    [":method", "POST"],
    [":scheme", "http"],
    [":authority", `127.0.0.1:${port}`],
    [":path", "/test.Echo/Say"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ];
  const prepared = client.encoder.prepare(constants);

  for (let call = 0; call < CALLS; call++) {
    if (call % 50 === 20) await client.setHeaderTableSize([0, 65_536, 300, 4_096][(call / 50) & 3] as number);
    if (call % 50 === 40)
      await changeTable(sessions[0] as ServerHttp2Session, [100, 65_536, 0, 4_096][(call / 50) & 3] as number);
    const fields: HeaderField[] = [
      ["grpc-timeout", `${call}m`],
      ["authorization", "secret"],
      ...randomMetadata(random),
    ];
    const response = await client.request(fields, { prepared });

    const { seen, headers, trailers } = exchanges[call] as Exchange;
    expect(seen).toEqual([...constants, ...fields]);
    expect(response.lists[0]).toEqual([
      [":status", "200"],
      ["content-type", "application/grpc"],
      ...headers,
      ["date", expect.any(String)],
    ]);
    expect(response.lists[1]).toEqual(trailers);
  }
});

/** Resolves when our side has acknowledged the server's new size. */
async function changeTable(session: ServerHttp2Session, bytes: number): Promise<void> {
  await new Promise<void>((resolve) => session.settings({ headerTableSize: bytes }, () => resolve()));
}

/** Fields of a block: node:http2 takes 128, and the dynamic table has room for 80 of these. */
const OCTETS_PER_BLOCK = 60;

test.each([0x21, 0x5c, 0x97, 0xd2])(
  "from octet %i on, each one that a value may have is understood by both",
  async (first) => {
    const octets = Array.from({ length: OCTETS_PER_BLOCK }, (_, i) => first + i).filter(
      (octet) => octet !== 0x7f && octet < 256,
    );
    // Twelve zeros make the value shorter when it is Huffman-coded, whatever the octet.
    const fields = octets.map((octet): HeaderField => [`x-${octet}`, `${"0".repeat(12)}${String.fromCharCode(octet)}`]);
    const { port, exchanges } = await serve(() => fields);
    using client = await RawClient.connect(port);
    const prepared = client.encoder.prepare([
      [":method", "POST"],
      [":scheme", "http"],
      [":path", "/"],
      [":authority", "localhost"],
      ...fields,
    ]);
    const { lists } = await client.request([], { prepared });

    expect(exchanges[0]?.seen).toEqual(prepared.fields);
    expect(lists[0]?.slice(2, -1)).toEqual(fields);
  },
);
