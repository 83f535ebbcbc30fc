/** How a connection comes about, how many streams it takes, and how this side ends it. A part of `transport.contract.ts`. */

import { readFileSync } from "node:fs";
import { SettingId, settingsFrame } from "@agent-team/http2";
import { describe, expect, test } from "vitest";
import { blackHole } from "../../test/support/black-hole.ts";
import { garbagePeer, http1Peer, refusingAddress, silentPeer } from "../../test/support/hostile-peers.ts";
import { RecordingSink } from "../../test/support/recorders.ts";
import {
  CONNECT_TIMEOUT_MS,
  head,
  open,
  request,
  type TransportBench,
  utf8,
} from "../../test/support/transport-bench.ts";
import { turns, until } from "../../test/support/until.ts";
import { Status } from "../status.ts";

export function connectionsContract(bench: TransportBench): void {
  describe("connecting", () => {
    test("a refused connection closes with an error that names the address", async () => {
      const address = await refusingAddress();
      const { connection, listener } = bench.connect(address);
      expect((await listener.closed())?.message).toContain(`ECONNREFUSED ${address.host}:${address.port}`);
      expect(listener.ready).toBe(0);
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
    });

    test("a peer that accepts and stays silent is given up at the connect deadline", async () => {
      const peer = await bench.use(silentPeer());
      const { listener } = bench.connect(peer);
      await until(() => peer.accepted === 1, "the peer has accepted");
      bench.clock.advance(CONNECT_TIMEOUT_MS - 1);
      await turns(20);
      expect(listener.closes).toEqual([]);
      bench.clock.advance(1);
      expect((await listener.closed())?.message).toBe(`no HTTP/2 SETTINGS from ${peer.address} within 3000 ms`);
      expect(listener.ready).toBe(0);
      await until(() => peer.connections === 0, "the socket is gone");
    });

    test("SETTINGS that waited in the socket of a blocked process are in time", async () => {
      const peer = await bench.frames({ onConnect: ({ send }) => send(settingsFrame([])) });
      const { listener } = bench.connect(peer);
      bench.clock.block(2 * CONNECT_TIMEOUT_MS);
      bench.clock.advance(0);
      await until(() => listener.ready === 1, "the connection is ready");
      expect(listener.closes).toEqual([]);
    });

    // TCP_NODELAY is set by the same options, and the system does not show it.
    test.runIf(process.platform === "linux")(
      "the system probes a silent peer: the socket has its options",
      async () => {
        const { server } = await bench.serve();
        await until(() => keepaliveTimersTo(server.port) === 1, "nothing is under way, and the keepalive timer runs");
      },
    );

    test.each([
      ["speaks HTTP/1.1", http1Peer],
      ["sends garbage", garbagePeer],
    ])("a peer that %s never becomes ready, and the error names it", async (_, start) => {
      const peer = await bench.use(start());
      const { listener } = bench.connect(peer);
      expect((await listener.closed())?.message).toContain(peer.address);
      expect(listener.ready).toBe(0);
    });

    test("a peer that closes before its SETTINGS never becomes ready, and the error names it", async () => {
      const peer = await bench.frames({ onConnect: (connection) => connection.end() });
      const { listener } = bench.connect(peer);
      expect((await listener.closed())?.message).toContain(peer.address);
      expect(listener.ready).toBe(0);
    });

    test("an address that cannot be part of a URL closes with an error, like others, and does not throw", async () => {
      const { listener } = bench.connect({ host: "fe80::1%lo", port: 50051 });
      expect((await listener.closed())?.message).toContain("[fe80::1%lo]:50051");
    });

    test("an address that swallows SYNs is given up at the connect deadline, and nothing waits for the kernel", async () => {
      const hole = await bench.use(blackHole());
      const { listener } = bench.connect(hole);
      await turns(200);
      expect(listener.closes).toEqual([]);
      bench.clock.advance(CONNECT_TIMEOUT_MS);
      expect((await listener.closed())?.message).toContain(`from ${hole.host}:${hole.port} within 3000 ms`);
    });

    test("destroyed while it connects, it closes with that error", async () => {
      const { connection, listener } = bench.connect(await bench.use(silentPeer()));
      const reason = new Error("changed my mind");
      connection.destroy(reason);
      expect(await listener.closed()).toBe(reason);
    });
  });

  describe("MAX_CONCURRENT_STREAMS", () => {
    test("the transport never queues: a stream above the limit is not opened, and the end of another one makes room", async () => {
      const { connection, listener } = await bench.serve({ maxConcurrentStreams: 2 });
      expect(connection.peerSettings.maxConcurrentStreams).toBe(2);
      const first = open(connection);
      const second = open(connection);
      expect(connection.hasRoom).toBe(false);
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
      expect(listener.rooms).toBe(0);
      first.stream.sendMessage(utf8("1"), true);
      await until(() => listener.rooms === 1, "there is room again");
      const third = open(connection);
      second.stream.cancel();
      third.stream.cancel();
    });

    test("a peer whose SETTINGS do not have it sets no limit", async () => {
      const { connection } = await bench.script(() => {});
      expect(connection.peerSettings.maxConcurrentStreams).toBe(0xffff_ffff);
    });

    test("peerSettings are those of the peer's last SETTINGS", async () => {
      const { connection } = await bench.script(
        (peer) => peer.send(settingsFrame([[SettingId.maxHeaderListSize, 4_000]])),
        { onConnect: ({ send }) => send(settingsFrame([[SettingId.maxConcurrentStreams, 7]])) },
      );
      expect(connection.peerSettings).toEqual({ maxConcurrentStreams: 7, maxHeaderListBytes: 0xffff_ffff });
      open(connection);
      await until(() => connection.peerSettings.maxHeaderListBytes === 4_000, "the new limit is known");
      expect(connection.peerSettings.maxConcurrentStreams).toBe(7);
    });

    test("a limit that the peer lowers later holds from then on", async () => {
      const { connection } = await bench.script((peer) =>
        peer.send(settingsFrame([[SettingId.maxConcurrentStreams, 1]])),
      );
      open(connection);
      await until(() => connection.peerSettings.maxConcurrentStreams === 1, "the new limit is known");
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
    });

    test("a limit that is raised makes room", async () => {
      const { connection, listener } = await bench.script((peer) => {
        peer.send(settingsFrame([[SettingId.maxConcurrentStreams, 1]]));
        setImmediate(() => peer.send(settingsFrame([[SettingId.maxConcurrentStreams, 2]])));
      });
      open(connection);
      await until(() => listener.rooms === 1, "there is room");
      open(connection);
      expect(connection.hasRoom).toBe(false);
    });
  });

  describe("whether the peer is alive", () => {
    test("a PING is answered with its round trip", async () => {
      const { connection } = await bench.serve();
      const trips: number[] = [];
      expect(connection.ping((roundTripMs) => trips.push(roundTripMs))).toBe(true);
      bench.clock.advance(7);
      await until(() => trips.length > 0, "the acknowledgement comes");
      expect(trips).toEqual([7]);
    });

    test("a PING that the peer does not acknowledge is not answered, also when the connection closes", async () => {
      const { connection, listener } = await bench.script(() => {}, { acksPings: false });
      let acks = 0;
      expect(connection.ping(() => acks++)).toBe(true);
      await turns(50);
      connection.destroy(new Error("no answer"));
      await listener.closed();
      await turns(5);
      expect(acks).toBe(0);
    });

    test("no PING is sent before the connection is ready, and none after it has closed", async () => {
      const silent = await bench.use(silentPeer());
      const { connection, listener } = bench.connect(silent);
      await until(() => silent.accepted === 1, "the peer has accepted");
      expect(connection.ping(() => {})).toBe(false);
      connection.destroy(new Error("enough"));
      await listener.closed();
      expect(connection.ping(() => {})).toBe(false);
    });

    test("lastReceivedMs is when bytes came, and stands still while the peer is silent", async () => {
      const { connection } = await bench.serve();
      // A PING is acknowledged after all that the peer had to send before.
      const settled = async (): Promise<void> => {
        await new Promise<number>((resolve) => connection.ping(resolve));
      };
      await settled();
      expect(connection.lastReceivedMs).toBe(0);
      bench.clock.advance(60_000);
      await turns(5);
      expect(connection.lastReceivedMs).toBe(0);
      const { sink } = request(connection, "hello");
      await sink.ended();
      await settled();
      expect(connection.lastReceivedMs).toBe(60_000);
      bench.clock.advance(1_000);
      expect(connection.lastReceivedMs).toBe(60_000);
    });
  });

  describe("what is open, and what has come", () => {
    test("openStreams counts streams until they have closed", async () => {
      const { connection } = await bench.serve({ handlers: { "*": () => {} } });
      expect(connection.openStreams).toBe(0);
      const { stream } = open(connection);
      open(connection);
      expect(connection.openStreams).toBe(2);
      stream.cancel();
      await until(() => connection.openStreams === 1, "the cancelled stream has closed");
    });

    test("openCalls leaves background streams out, which take room like others and do not delay the end of the last call", async () => {
      const { connection, listener } = await bench.serve({ maxConcurrentStreams: 2, handlers: { "*": () => {} } });
      const background = open(connection, { isBackground: true, timeoutMs: Number.POSITIVE_INFINITY });
      expect([connection.openStreams, connection.openCalls, connection.hasRoom]).toEqual([1, 0, true]);
      const call = open(connection);
      expect([connection.openStreams, connection.openCalls, connection.hasRoom]).toEqual([2, 1, false]);
      call.stream.cancel();
      await until(() => connection.openCalls === 0, "the cancelled call has closed");
      connection.drain();
      await turns(20);
      expect([connection.openStreams, listener.closes.length]).toEqual([1, 0]);
      background.stream.cancel();
      expect(await listener.closed()).toBeUndefined();
      expect([connection.openStreams, connection.openCalls]).toEqual([0, 0]);
    });

    test("responses rises with HEADERS and DATA, and with no other frame", async () => {
      const { connection } = await bench.serve();
      const acked = await new Promise<number>((resolve) => connection.ping(resolve));
      expect([acked, connection.responses]).toEqual([0, 0]);
      const { sink } = request(connection, "hello");
      await sink.ended();
      expect(connection.responses).toBeGreaterThanOrEqual(2);
    });
  });

  describe("ending a connection", () => {
    test("drain lets open calls finish, takes no new one, and closes without an error", async () => {
      const { connection, listener, server } = await bench.serve();
      const { sink, stream } = open(connection);
      connection.drain();
      expect(connection.open(head(), new RecordingSink())).toBeUndefined();
      stream.sendMessage(utf8("goodbye"), true);
      expect(await sink.ended()).toMatchObject({ code: Status.ok });
      expect(sink.texts).toEqual(["goodbye"]);
      expect(await listener.closed()).toBeUndefined();
      await until(() => server.connections === 0, "the server sees it too");
    });

    test("drain does not wait for a peer that never closes its side", async () => {
      const peer = await bench.frames({ neverEnds: true });
      const { connection, listener } = await bench.ready(peer);
      connection.drain();
      expect(await listener.closed()).toBeUndefined();
    });

    test("drain without calls closes at once", async () => {
      const { connection, listener } = await bench.serve();
      connection.drain();
      expect(await listener.closed()).toBeUndefined();
    });

    test("destroy ends open calls with its reason", async () => {
      const { connection, listener, server } = await bench.serve({ handlers: { "*": () => {} } });
      const { sink } = request(connection, "");
      await until(() => server.calls === 1, "the call has arrived");
      const reason = new Error("the channel is closed");
      connection.destroy(reason);
      const end = await sink.ended();
      expect(end).toMatchObject({ code: Status.unavailable, processing: "maybe-processed" });
      expect(end.message).toContain("the channel is closed");
      expect(await listener.closed()).toBe(reason);
    });
  });
}

/** Connections to a port of this machine with a keepalive timer: `02:` in the column `tr` of /proc/net/tcp. */
function keepaliveTimersTo(port: number): number {
  const remote = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const rows = readFileSync("/proc/net/tcp", "utf8")
    .split("\n")
    .map((row) => row.trim().split(/\s+/));
  return rows.filter(([, , to = "", , , timer = ""]) => to.endsWith(remote) && timer.startsWith("02:")).length;
}
