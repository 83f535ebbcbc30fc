/** How large headers may be, either way. A part of `transport.contract.ts`. */

import { dataFrame, SettingId, settingsFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { headersFrame } from "../../test/support/frames.ts";
import { type FrameConnection } from "../../test/support/hostile-peers.ts";
import { methodAt } from "../../test/support/loads.ts";
import { open, RESPONSE_HEADERS, request, type TransportBench, utf8 } from "../../test/support/transport-bench.ts";
import { turns, until } from "../../test/support/until.ts";
import { MAX_METADATA_BYTES, Metadata } from "../metadata.ts";
import { Status } from "../status.ts";
import { frameMessage } from "./message-reader.ts";

const ANNOUNCED_BYTES = 65_536;
/** RFC 9113 6.5.2 adds 32 bytes for each field. */
const sized = (name: string, bytes: number): [string, string] => [name, "v".repeat(bytes - name.length - 32)];
const OK: readonly (readonly [string, string])[] = Object.entries(RESPONSE_HEADERS);
const STATUS: readonly [string, string] = ["grpc-status", "0"];
const STATUS_BYTES = 11 + 1 + 32;

export function headersContract(bench: TransportBench): void {
  describe("the size of response headers and trailers", () => {
    /**
     * A peer that answers the first stream well, the second when it is told to, and all others with this. The first
     * answer comes behind the peer's acknowledgement of SETTINGS: before it a limit need not hold (RFC 9113 6.5.3).
     */
    async function beside(answer: (id: number) => readonly Uint8Array[]) {
      let second: (() => void) | undefined;
      let settings: FrameConnection["settings"] | undefined;
      const opened = await bench.script((peer, id) => {
        settings = peer.settings;
        if (peer.streams.length === 1) peer.send(...whole(id));
        else if (peer.streams.length > 2) peer.send(...answer(id));
        else second = () => peer.send(...whole(id));
      });
      await request(opened.connection, "").sink.ended();
      const neighbour = open(opened.connection);
      await until(() => second !== undefined, "the neighbour's request arrives");
      const neighbourEnds = async (): Promise<void> => {
        second?.();
        expect(await neighbour.sink.ended()).toMatchObject({ code: Status.ok });
      };
      return { ...opened, neighbourEnds, settings };
    }

    test("is announced", async () => {
      const { settings, neighbourEnds } = await beside(whole);
      expect(settings?.get(SettingId.maxHeaderListSize)).toBe(ANNOUNCED_BYTES);
      await neighbourEnds();
    });

    test("may be all that was announced, in one field or in many", async () => {
      const fields = Array.from({ length: 1_000 }, (_, i) => sized(`x-${i}`, 64));
      const answers = [
        [sized("x-big", ANNOUNCED_BYTES - STATUS_BYTES), STATUS],
        [...fields, STATUS],
      ];
      for (const trailers of answers) {
        const { connection } = await bench.answering((id) => [
          headersFrame(id, OK),
          dataFrame(id, frameMessage(utf8("ok"))),
          headersFrame(id, trailers, { endStream: true }),
        ]);
        const { sink } = request(connection, "");
        const end = await sink.ended();
        expect(end).toMatchObject({ code: Status.ok });
        expect([...end.trailers.entries()]).toHaveLength(trailers.length - 1);
      }
    });

    const tooMany = Array.from({ length: 10 }, (_, i) => sized(`x-${i}`, 10_000));
    test.each<[string, (id: number) => readonly Uint8Array[]]>([
      ["headers", (id) => [headersFrame(id, [...OK, ...tooMany]), ...whole(id).slice(1)]],
      ["a Trailers-Only answer", (id) => [headersFrame(id, [...OK, ...tooMany, STATUS], { endStream: true })]],
      ["trailers", (id) => [...whole(id).slice(0, 2), headersFrame(id, [...tooMany, STATUS], { endStream: true })]],
      [
        "one byte too many",
        (id) => [
          ...whole(id).slice(0, 2),
          headersFrame(id, [sized("x", ANNOUNCED_BYTES - STATUS_BYTES + 1), STATUS], { endStream: true }),
        ],
      ],
    ])("above that, %s are resource-exhausted for their call only", async (_, answer) => {
      const { connection, listener, neighbourEnds } = await beside(answer);
      for (const { sink } of [request(connection, ""), open(connection)]) {
        const end = await sink.ended();
        expect(end).toMatchObject({
          code: Status.resourceExhausted,
          origin: "transport",
          processing: "maybe-processed",
        });
        expect(end.message).toContain(`more than ${ANNOUNCED_BYTES} bytes of headers`);
      }
      await neighbourEnds();
      expect(listener.closes).toEqual([]);
    });
  });

  describe("the size of request headers", () => {
    test("may be as much metadata as there may be, and the connection lives on", async () => {
      const { connection, server } = await bench.serve();
      const metadata = Metadata.from([["x-big", "~".repeat(MAX_METADATA_BYTES - 37)]]);
      const { sink } = request(connection, "", { method: methodAt(`/${"p".repeat(1_024)}`), metadata });
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(await request(connection, "next").sink.ended()).toMatchObject({ code: Status.ok });
      expect(server.connections).toBe(1);
    });

    test("above what the peer announced, the call is resource-exhausted, not sent, and other calls are not affected", async () => {
      let peer: FrameConnection | undefined;
      const { connection } = await bench.script(
        (self, id) => {
          peer = self;
          self.send(...whole(id));
        },
        { onConnect: (self) => self.send(settingsFrame([[SettingId.maxHeaderListSize, 16_384]])) },
      );
      const large = Metadata.from([["x-big", "~".repeat(20_000)]]);
      const { sink } = request(connection, "", { metadata: large });
      expect(sink.ends, "before open has returned").toEqual([]);
      const end = await sink.ended();
      expect(end).toMatchObject({ code: Status.resourceExhausted, origin: "local", processing: "not-sent" });
      expect(end.message).toMatch(/^request headers of 20\d\d\d bytes: 127\.0\.0\.1:\d+ takes at most 16384$/);
      const fits = Metadata.from([["x-big", "~".repeat(15_000)]]);
      expect(await request(connection, "", { metadata: fits }).sink.ended()).toMatchObject({ code: Status.ok });
      expect(peer?.streams).toHaveLength(1);
    });

    test("the path counts too: headers that no peer takes are not sent", async () => {
      const { connection, server } = await bench.serve();
      const { sink } = request(connection, "", { method: methodAt(`/${"p".repeat(70_000)}`) });
      expect(await sink.ended()).toMatchObject({ code: Status.resourceExhausted, origin: "local" });
      expect(await request(connection, "next").sink.ended()).toMatchObject({ code: Status.ok });
      expect(server.connections).toBe(1);
    });

    test("a call that is cancelled before that end is delivered gets no end", async () => {
      const { connection } = await bench.serve();
      const { sink, stream } = open(connection, { method: methodAt(`/${"p".repeat(70_000)}`) });
      stream.cancel();
      await turns(20);
      expect(sink.ends).toEqual([]);
    });
  });
}

const whole = (id: number): Uint8Array[] => [
  headersFrame(id, OK),
  dataFrame(id, frameMessage(utf8("ok"))),
  headersFrame(id, [STATUS], { endStream: true }),
];
