/** The HPACK of C-core over real sockets, in both directions and on both sides. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Random, seededRandom } from "@agent-team/foundation/random";
import type { HeaderField } from "@agent-team/http2";
import { beforeEach, expect, test } from "vitest";
import { LineProcess } from "./support/line-process.ts";
import { randomMetadata } from "./support/metadata.ts";
import { RawClient } from "./support/raw-client.ts";
import { RawServer } from "./support/raw-server.ts";

/** Debian's python3-grpcio belongs to this one, whatever stands before it in the PATH. */
const PYTHON = "/usr/bin/python3";
const PROGRAM = join(import.meta.dirname, "peers", "c_core.py");

const NO_C_CORE = spawnSync(PYTHON, ["-c", "import grpc"]).status !== 0;

const SEED = 7_541;
const CALLS = 200;

beforeEach(({ skip }) => skip(NO_C_CORE, "python3-grpcio is not installed: no header block of C-core is read"));

/** C-core refuses metadata above 8 KiB. */
function metadataFor(random: Random): HeaderField[] {
  return randomMetadata(random).map(([name, value]): HeaderField => [name, value.slice(0, 600)]);
}

// -B: no __pycache__ in a folder of the repository.
const start = (...args: readonly string[]): LineProcess => new LineProcess(PYTHON, ["-B", PROGRAM, ...args]);

test(`a C-core server and we read each other's blocks, with tables of every size (seed ${SEED})`, async () => {
  await using server = start("server");
  const port = Number(await server.line());
  using client = await RawClient.connect(port);
  const random = seededRandom(SEED);
  const prepared = client.encoder.prepare([
    [":method", "POST"],
    [":scheme", "http"],
    [":authority", `127.0.0.1:${port}`],
    [":path", "/test.Echo/Say"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
  ]);

  for (let call = 0; call < CALLS; call++) {
    if (call % 50 === 20) await client.setHeaderTableSize([0, 65_536, 300, 4_096][(call / 50) & 3] as number);
    const sent = metadataFor(random);
    const trailers = metadataFor(random);
    const response = await client.request(sent, { prepared, body: message(JSON.stringify(trailers)) });

    expect(metadataIn(JSON.parse(response.body.subarray(5).toString()))).toEqual(sent);
    expect(response.lists[0]).toEqual(expect.arrayContaining([[":status", "200"]]));
    expect(response.lists.at(-1)).toEqual(expect.arrayContaining([["grpc-status", "0"]]));
    expect(metadataIn(response.lists.at(-1) ?? [])).toEqual(trailers);
  }
});

test.each([4_096, 0, 300, 65_536])(
  "a C-core client and we read each other's blocks, with a table of %i bytes",
  async (tableBytes) => {
    using server = await RawServer.listen(tableBytes);
    await using client = start("client", String(server.port));
    const random = seededRandom(SEED + tableBytes);

    for (let call = 0; call < CALLS / 4; call++) {
      const sent = metadataFor(random);
      client.write(JSON.stringify(sent));
      const [code, , trailers] = JSON.parse(await client.line()) as [string, HeaderField[], HeaderField[]];

      expect(server.errors).toEqual([]);
      expect(server.requests[call]).toEqual(
        expect.arrayContaining([
          [":path", "/test.Echo/Say"],
          ["te", "trailers"],
        ]),
      );
      expect(metadataIn(server.requests[call] as readonly HeaderField[])).toEqual(sent);
      expect({ code, trailers: metadataIn(trailers) }).toEqual({ code: "OK", trailers: sent });
    }
  },
);

/** gRPC over HTTP/2: a message's prefix is a flag and four bytes of length. */
function message(text: string): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(Buffer.byteLength(text), 1);
  return Buffer.concat([prefix, Buffer.from(text)]);
}

function metadataIn(fields: readonly HeaderField[]): readonly HeaderField[] {
  return fields.filter(([name]) => name.startsWith("x-"));
}
