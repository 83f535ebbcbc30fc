import { FakeClock } from "@agent-team/foundation/fake-clock";
import { goawayFrame, settingsFrame } from "@agent-team/http2";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NO_PINGS } from "../../test/support/defaults.ts";
import { headersFrame } from "../../test/support/frames.ts";
import { framePeer, type Peer, refusingAddress } from "../../test/support/hostile-peers.ts";
import { SAY, testLoads } from "../../test/support/loads.ts";
import { RecordingSink } from "../../test/support/recorders.ts";
import { turns, until } from "../../test/support/until.ts";
import { type ChannelOptions, resolveChannelOptions } from "../channel-options.ts";
import type { Connectivity } from "../connectivity.ts";
import type { Endpoint } from "../endpoint.ts";
import { type ChannelEvent, ChannelEvents } from "../events.ts";
import { Metadata } from "../metadata.ts";
import { StubServer } from "../testing/stub-server.ts";
import { NodeHttp2Transport } from "../transport/node-http2.ts";
import { LivenessMonitor } from "./liveness-monitor.ts";
import { Subchannel } from "./subchannel.ts";

const HEAD = { method: SAY, metadata: Metadata.empty, timeoutMs: Number.POSITIVE_INFINITY, previousAttempts: 0 };
/** Half of every range: waits lie in the middle between the least, 20 ms, and the bound. */
const HALF = 0.5;

let clock: FakeClock;
let events: ChannelEvent[];
let opened: Subchannel[];
let servers: AsyncDisposable[];

beforeEach(() => {
  clock = new FakeClock();
  events = [];
  opened = [];
  servers = [];
});

afterEach(async () => {
  for (const subchannel of opened) subchannel.destroy("the test is over");
  await until(() => opened.every(({ openConnections }) => openConnections === 0), "every connection is closed");
  expect(clock.pendingTimers).toBe(0);
  for (const server of servers) await server[Symbol.asyncDispose]();
});

async function stub(port = 0): Promise<StubServer> {
  const server = await StubServer.start({ port });
  servers.push(server);
  return server;
}

async function peer(listening: Promise<Peer>): Promise<Peer> {
  servers.push(await listening);
  return listening;
}

const NOTHING_TO_CHECK: ChannelOptions = { ...NO_PINGS, idleVerifyMs: Number.POSITIVE_INFINITY };

function subchannelTo(
  { host, port }: { host: string; port: number },
  kind: Endpoint["kind"] = "task",
  options: ChannelOptions = NOTHING_TO_CHECK,
): Subchannel {
  const channelEvents = new ChannelEvents();
  channelEvents.on((event) => events.push(event));
  const transport = new NodeHttp2Transport(
    { authority: "test", tls: undefined, connectTimeoutMs: 3_000, maxReceiveMessageBytes: 1_024 },
    clock,
  );
  const listener = { onConnectivity() {}, onGoaway() {}, onRoom() {}, onConnectionClosed() {} };
  const monitor = new LivenessMonitor(resolveChannelOptions(options), clock);
  const deps = {
    transport,
    clock,
    random: () => HALF,
    events: channelEvents,
    loads: testLoads(),
    monitor,
    maxConnections: 4,
    watchHealth: undefined,
  };
  const subchannel = new Subchannel({ host, port, kind, lane: 0 }, deps, listener);
  opened.push(subchannel);
  return subchannel;
}

const becomes = (subchannel: Subchannel, connectivity: Connectivity): Promise<void> =>
  until(() => subchannel.connectivity === connectivity, connectivity);

/** `idle>connecting` and so on, of all changes so far. */
const changes = (): string[] =>
  events.flatMap((event) => (event.type === "connectivity-changed" ? [`${event.from}>${event.to}`] : []));

describe("connecting", () => {
  test("a subchannel is idle until connect(), then ready", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    await turns(20);
    expect(subchannel.connectivity).toBe("idle");
    subchannel.connect();
    subchannel.connect();
    await becomes(subchannel, "ready");
    expect(changes()).toEqual(["idle>connecting", "connecting>ready"]);
    expect(server.connections).toBe(1);
    expect(subchannel.hasRoom).toBe(true);
  });

  test("a subchannel that is not ready opens no stream", async () => {
    const subchannel = subchannelTo(await refusingAddress());
    expect(subchannel.open(HEAD, new RecordingSink())).toBeUndefined();
    expect(subchannel.hasRoom).toBe(false);
  });

  test("each failure waits longer than the one before, up to five seconds", async () => {
    const subchannel = subchannelTo(await refusingAddress());
    subchannel.connect();
    // Half of U(20, 100 × 2ᵏ), and of U(20, 5,000) from the sixth on.
    for (const waitMs of [60, 110, 210, 410, 810, 1_610, 2_510, 2_510]) {
      await becomes(subchannel, "transient-failure");
      expect(subchannel.lastError?.message).toContain("ECONNREFUSED");
      expect(subchannel.lastFailureMs).toBe(clock.now());
      clock.advance(waitMs - 1);
      expect(subchannel.connectivity).toBe("transient-failure");
      clock.advance(1);
      expect(subchannel.connectivity).toBe("connecting");
    }
  });

  test("a ready connection clears the error, and after ten seconds the backoff", async () => {
    const address = await refusingAddress();
    const subchannel = subchannelTo(address);
    subchannel.connect();
    for (const waitMs of [60, 110]) {
      await becomes(subchannel, "transient-failure");
      clock.advance(waitMs);
    }
    await becomes(subchannel, "transient-failure");
    const first = await stub(address.port);
    clock.advance(210);
    await becomes(subchannel, "ready");
    expect(subchannel.lastError).toBeUndefined();
    await first.kill();
    await becomes(subchannel, "transient-failure");
    clock.advance(409);
    expect(subchannel.connectivity).toBe("transient-failure"); // it has not stayed: the fourth wait, 410 ms
    const second = await stub(address.port);
    clock.advance(1);
    await becomes(subchannel, "ready");
    clock.advance(10_000);
    await second.kill();
    await becomes(subchannel, "transient-failure");
    clock.advance(60);
    expect(subchannel.connectivity).toBe("connecting");
  });
});

describe("hurry", () => {
  test("brings a distant retry to within a second, and does not move it again when called again", async () => {
    const subchannel = subchannelTo(await refusingAddress());
    subchannel.connect();
    for (const waitMs of [60, 110, 210, 410, 810, 1_610]) {
      await becomes(subchannel, "transient-failure");
      clock.advance(waitMs);
    }
    await becomes(subchannel, "transient-failure");
    subchannel.hurry(1_000);
    for (let waitedMs = 0; waitedMs < 500; waitedMs += 100) {
      expect(subchannel.connectivity).toBe("transient-failure");
      subchannel.hurry(1_000);
      clock.advance(100);
    }
    expect(subchannel.connectivity).toBe("connecting");
  });

  test("does not change a retry that is due within a second", async () => {
    const subchannel = subchannelTo(await refusingAddress());
    subchannel.connect();
    await becomes(subchannel, "transient-failure");
    subchannel.hurry(1_000);
    clock.advance(60);
    expect(subchannel.connectivity).toBe("connecting");
  });
});

describe("GOAWAY", () => {
  /** Makes one call, which the server answers. */
  async function call(subchannel: Subchannel): Promise<void> {
    const sink = new RecordingSink();
    subchannel.open(HEAD, sink)?.sendMessage(Buffer.from("x"), true);
    expect(await sink.ended()).toMatchObject({ code: 0 });
  }

  /** The server ends the connection, and the subchannel has noticed. */
  async function goaway(subchannel: Subchannel, server: StubServer): Promise<void> {
    const before = events.filter(({ type }) => type === "connection-draining").length;
    server.goaway();
    await until(
      () => events.filter(({ type }) => type === "connection-draining").length > before,
      "GOAWAY has arrived",
    );
    expect(subchannel.lastError).toBeUndefined();
  }

  test("is followed by the next connection at once, before the old one has drained", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    await becomes(subchannel, "ready");
    const sink = new RecordingSink();
    const stream = subchannel.open(HEAD, sink);
    await until(() => server.calls === 1, "the call arrives");
    server.goaway(0, undefined, "bye");
    await until(() => changes().length === 5, "it is ready again");
    expect(changes().slice(2)).toEqual(["ready>idle", "idle>connecting", "connecting>ready"]);
    expect(subchannel.openConnections).toBe(2);
    expect(events).toContainEqual({ type: "connection-draining", endpoint: subchannel.key, reason: "GOAWAY 0 bye" });
    stream?.sendMessage(Buffer.from("x"), true);
    expect(await sink.ended()).toMatchObject({ code: 0 });
    await until(() => subchannel.openConnections === 1, "the drained connection is closed");
    expect([subchannel.lastError, subchannel.lastFailureMs]).toEqual([undefined, Number.NEGATIVE_INFINITY]);
  });

  test.each([
    ["max_age", "task"],
    ["", "task"],
    ["", "load-balancer"],
  ] as const)("with debug data %j from a %s is no failure, however young the connection", async (debug, kind) => {
    const server = await stub();
    const subchannel = subchannelTo(server, kind);
    subchannel.connect();
    await becomes(subchannel, "ready");
    server.goaway(0, undefined, debug);
    await until(() => changes().length === 5, "it is ready again");
    expect(changes().slice(2)).toEqual(["ready>idle", "idle>connecting", "connecting>ready"]);
  });

  test("is followed at once twice in a second; the third time the subchannel rests, idle, and a second later two more are free", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 2; i++) {
        await becomes(subchannel, "ready");
        await call(subchannel);
        await goaway(subchannel, server);
      }
      await becomes(subchannel, "ready");
      await call(subchannel);
      await goaway(subchannel, server);
      subchannel.connect();
      subchannel.hurry(0);
      clock.advance(59);
      expect(subchannel.connectivity).toBe("idle");
      clock.advance(1); // half of U(20, 100)
      await becomes(subchannel, "ready");
      expect(subchannel.lastFailureMs).toBe(Number.NEGATIVE_INFINITY);
      clock.advance(1_000);
    }
  });

  test("a subchannel that rests can be shut down", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    for (let i = 0; i < 3; i++) {
      await becomes(subchannel, "ready");
      await call(subchannel);
      await goaway(subchannel, server);
    }
    expect(subchannel.connectivity).toBe("idle");
    subchannel.shutdown("no longer listed");
    await until(() => subchannel.openConnections === 0, "every connection is closed");
    expect(clock.pendingTimers).toBe(0);
  });

  test("with an error code it is a failure, followed by backoff", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    await becomes(subchannel, "ready");
    clock.advance(1_000);
    server.goaway(11, undefined, "too_many_pings");
    await becomes(subchannel, "transient-failure");
    expect(subchannel.lastError?.message).toBe(`${server.address} sent GOAWAY 11 too_many_pings`);
    clock.advance(60);
    await becomes(subchannel, "ready");
  });

  test.each(["task", "load-balancer"] as const)(
    "a %s that sends everyone away at once gets one more connection, and then one for each wait",
    async (kind) => {
      const server = await peer(
        framePeer({ onConnect: ({ send }) => send(settingsFrame(), goawayFrame(0, 0, "max_age")) }),
      );
      const subchannel = subchannelTo(server, kind);
      subchannel.connect();
      // Half of U(20, 100 × 2ᵏ); the second connection was the first step.
      for (const [i, waitMs] of [110, 210, 410].entries()) {
        await becomes(subchannel, "transient-failure");
        expect(subchannel.lastError?.message).toBe(`${server.address} sent GOAWAY 0 max_age`);
        await turns(50);
        expect(server.accepted).toBe(2 + i);
        clock.advance(waitMs - 1);
        expect(subchannel.connectivity).toBe("transient-failure");
        clock.advance(1);
      }
      await until(() => server.accepted === 5, "one connection for each wait");
    },
  );
});

describe("a load balancer's connection is renewed", () => {
  const AGE_MS = 300_000;

  test("make before break: the old one serves until the new one is ready, then finishes its streams", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server, "load-balancer");
    subchannel.connect();
    await becomes(subchannel, "ready");
    const sink = new RecordingSink();
    const stream = subchannel.open(HEAD, sink);
    clock.advance(AGE_MS);
    expect(subchannel.connectivity).toBe("ready");
    await until(() => server.connections === 2, "the next connection");
    await until(() => events.some(({ type }) => type === "connection-draining"), "the old one drains");
    stream?.sendMessage(Buffer.from("x"), true);
    expect(await sink.ended()).toMatchObject({ code: 0 });
    await until(() => server.connections === 1, "the old one is gone");
    expect(changes()).toEqual(["idle>connecting", "connecting>ready"]);
  });

  test("when GOAWAY ends the old one first, the one that is connecting is the next, and no third is made", async () => {
    let held: (() => void) | undefined;
    const server = await peer(
      framePeer({
        onConnect: ({ send }) => {
          if (held === undefined) send(settingsFrame());
          held ??= () => send(goawayFrame(0, 0));
        },
      }),
    );
    const subchannel = subchannelTo(server, "load-balancer");
    subchannel.connect();
    await becomes(subchannel, "ready");
    clock.advance(AGE_MS);
    await until(() => server.accepted === 2, "the next connection, which is silent");
    held?.();
    await becomes(subchannel, "connecting");
    await turns(50);
    expect(server.accepted).toBe(2);
  });

  test("a renewed connection that is lost during the next renewal is a failure, and not ready for good", async () => {
    const connections: { send: (...frames: Uint8Array[]) => void; end: () => void }[] = [];
    const server = await peer(
      framePeer({
        onConnect: (connection) => {
          if (connections.push(connection) <= 2) connection.send(settingsFrame());
        },
      }),
    );
    const subchannel = subchannelTo(server, "load-balancer");
    subchannel.connect();
    await becomes(subchannel, "ready");
    clock.advance(AGE_MS);
    await until(() => server.accepted === 2 && subchannel.openConnections === 1, "the second connection is in use");
    clock.advance(AGE_MS);
    await until(() => server.accepted === 3, "the third connection, which is silent");
    connections[1]?.end();
    await becomes(subchannel, "transient-failure");
  });

  test("when no new one can be made, the old one goes on serving and the renewal is tried again", async () => {
    const ok = { ":status": "200", "content-type": "application/grpc", "grpc-status": "0" };
    const server = await peer(
      framePeer({ onRequest: ({ send }, id) => send(headersFrame(id, ok, { endStream: true })) }),
    );
    const subchannel = subchannelTo(server, "load-balancer");
    subchannel.connect();
    await becomes(subchannel, "ready");
    server.stopListening();
    clock.advance(AGE_MS);
    await until(() => subchannel.openConnections === 1, "the attempt has failed");
    expect(subchannel.connectivity).toBe("ready");
    expect(clock.pendingTimers).toBe(1);
    const sink = new RecordingSink();
    subchannel.open(HEAD, sink)?.sendMessage(Buffer.from("x"), true);
    expect(await sink.ended()).toMatchObject({ code: 0 });
  });

  test("a task's connection is not renewed", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    await becomes(subchannel, "ready");
    clock.advance(2 * AGE_MS);
    await turns(50);
    expect(server.connections).toBe(1);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("shutdown", () => {
  test("lets open streams finish, then closes every connection", async () => {
    const server = await stub();
    const subchannel = subchannelTo(server);
    subchannel.connect();
    await becomes(subchannel, "ready");
    const sink = new RecordingSink();
    const stream = subchannel.open(HEAD, sink);
    subchannel.shutdown("no longer listed");
    expect(subchannel.connectivity).toBe("shutdown");
    expect(subchannel.open(HEAD, new RecordingSink())).toBeUndefined();
    stream?.sendMessage(Buffer.from("x"), true);
    expect(await sink.ended()).toMatchObject({ code: 0 });
    await until(() => subchannel.openConnections === 0, "the connection is closed");
  });

  test("is reached from every state and never left", async () => {
    const address = await refusingAddress();
    const server = await stub();
    const [idle, connecting, failed, up] = [
      subchannelTo(address),
      subchannelTo(server),
      subchannelTo(address),
      subchannelTo(server),
    ];
    failed.connect();
    up.connect();
    await becomes(failed, "transient-failure");
    await becomes(up, "ready");
    connecting.connect();
    for (const subchannel of [idle, connecting, failed, up]) subchannel.shutdown("the end");
    await until(() => opened.every(({ openConnections }) => openConnections === 0), "every connection is closed");
    clock.advance(600_000);
    for (const subchannel of opened) {
      subchannel.connect();
      subchannel.hurry(0);
      expect(subchannel.connectivity).toBe("shutdown");
    }
  });
});
