import { FakeClock } from "@agent-team/foundation/fake-clock";
import { beforeEach, describe, expect, test } from "vitest";
import { testLoad } from "../../test/support/loads.ts";
import type { EndpointLoad, LoadAttempt } from "../endpoint-load.ts";
import type { Connection } from "../transport.ts";
import { CHECK_MS, Liveness, type LivenessOptions, type LivenessState } from "./liveness.ts";
import { LivenessMonitor } from "./liveness-monitor.ts";

const OPTIONS: LivenessOptions = {
  idleVerifyMs: 60_000,
  firstBytePingMs: 500,
  keepaliveTimeMs: 5_000,
  keepaliveTimeoutMs: 4_000,
  maxPingsWithoutData: 2,
};

/** A connection in numbers: the test plays the peer. */
class FakeConnection implements Connection {
  readonly peerSettings = { maxConcurrentStreams: 100, maxHeaderListBytes: 65_536 };
  readonly hasRoom = true;
  lastReceivedMs = 0;
  readonly openStreams = 0;
  openCalls = 0;
  responses = 0;
  readonly pings: ((roundTripMs: number) => void)[] = [];

  open(): undefined {}
  drain(): void {}
  destroy(): void {}

  ping(onAck: (roundTripMs: number) => void): boolean {
    this.pings.push(onAck);
    return true;
  }
}

let clock: FakeClock;
let connection: FakeConnection;
let load: EndpointLoad;
let monitor: LivenessMonitor;
let liveness: Liveness;
/** `600 pinged`: each change, with its instant. */
let changes: string[];

beforeEach(() => watch({}));

function watch(rest: Partial<LivenessOptions>, scale = 1): void {
  const options = { ...OPTIONS, ...rest };
  clock = new FakeClock();
  connection = new FakeConnection();
  load = testLoad("10.0.0.1:1");
  monitor = new LivenessMonitor(options, clock);
  changes = [];
  const note = (what: string): void => void changes.push(`${clock.now()} ${what}`);
  liveness = new Liveness(
    connection,
    { clock, options, load, scale: () => scale },
    {
      onLiveness: () => note(liveness.state),
      onDead: (reason, wasIdle) => note(`dead${wasIdle ? " while idle" : ""}: ${reason}`),
    },
  );
  liveness.didBecomeReady();
  monitor.add(liveness);
}

function openStream(): LoadAttempt {
  const attempt: LoadAttempt = {
    startedMs: clock.now(),
    isStream: false,
    censoredMs: 0,
    before: undefined,
    after: undefined,
  };
  load.didStart(attempt);
  connection.openCalls++;
  liveness.didOpenStream();
  monitor.didOpenStream();
  return attempt;
}

/** The peer sends HEADERS or DATA. */
function respond(): void {
  connection.responses++;
  connection.lastReceivedMs = clock.now();
}

function acknowledge(): void {
  connection.lastReceivedMs = clock.now();
  connection.pings.at(-1)?.(1);
}

/** Advances, with a response every 100 ms. */
function advanceWithTraffic(ms: number): void {
  for (let passedMs = 0; passedMs < ms; passedMs += 100) {
    clock.advance(100);
    respond();
  }
}

const states = (): string[] => changes.map((change) => change.split(" ")[1] ?? "");

describe("a connection with streams", () => {
  test("sends no PING while bytes come", () => {
    openStream();
    advanceWithTraffic(60_000);
    expect(connection.pings).toHaveLength(0);
    expect(liveness.state).toBe("alive" satisfies LivenessState);
  });

  test("a PING is sent when a first byte is awaited for half a second on a silent connection", () => {
    openStream();
    clock.advance(499);
    expect(connection.pings).toHaveLength(0);
    clock.advance(1);
    expect(connection.pings).toHaveLength(1);
  });

  test("a fleet that is slow gets its first PING after twice the p95", () => {
    for (let i = 0; i < 100; i++) load.latency.didRespond(1_000);
    openStream();
    clock.advance(1_999);
    expect(connection.pings).toHaveLength(0);
    clock.advance(2 * CHECK_MS);
    expect(connection.pings).toHaveLength(1);
  });

  test("a call that has just begun is no reason for a PING, however long the connection was silent", () => {
    const old = openStream();
    respond();
    load.didRespond(old, 0);
    clock.advance(3_000);
    openStream();
    clock.advance(400);
    expect(connection.pings).toHaveLength(0);
  });

  test("a PING is sent when open streams have been silent for five seconds", () => {
    load.didRespond(openStream(), 0);
    clock.advance(CHECK_MS);
    respond();
    clock.advance(5_000);
    expect(connection.pings).toHaveLength(0);
    clock.advance(CHECK_MS);
    expect(connection.pings).toHaveLength(1);
  });

  test("without an ack the peer is suspect after a second and dead after four", () => {
    openStream();
    clock.advance(10_000);
    expect(changes).toEqual(["500 pinged", "1500 suspect", "4500 dead: did not acknowledge a PING within 4000 ms"]);
  });

  test.each(["an ack", "bytes"])("%s of a suspect peer: it is alive again", (answer) => {
    openStream();
    clock.advance(2_000);
    if (answer === "an ack") acknowledge();
    else respond();
    clock.advance(CHECK_MS);
    expect(states().slice(0, 3)).toEqual(["pinged", "suspect", "alive"]);
  });

  test("bytes that are older than the last stream do not answer it", () => {
    openStream();
    clock.advance(100);
    respond();
    openStream();
    connection.openCalls = 0;
    clock.advance(10_000);
    expect(states()).toEqual(["pinged", "suspect", "dead:"]);
  });

  test("a stream that was answered and has closed leaves nothing owed", () => {
    openStream();
    clock.advance(100);
    respond();
    connection.openCalls = 0;
    clock.advance(10_000);
    expect(changes).toEqual([]);
  });

  test("calls that gave up at once leave the peer owing an answer: a stopped process is found without an open stream", () => {
    openStream();
    connection.openCalls = 0;
    clock.advance(10_000);
    expect(states()).toEqual(["pinged", "suspect", "dead:"]);
  });

  test("a blocked event loop is not the peer's silence", () => {
    openStream();
    clock.advance(500);
    expect(liveness.state).toBe("pinged");
    // A check after ten seconds counts as half a second.
    liveness.check(10_000);
    expect(liveness.state).toBe("pinged");
    liveness.check(10_000);
    expect(liveness.state).toBe("suspect");
  });
});

describe("a server's count of PINGs", () => {
  /** Acknowledges every PING for `ms`. */
  function advanceWithAcks(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += CHECK_MS) {
      const before = connection.pings.length;
      clock.advance(CHECK_MS);
      if (connection.pings.length > before) acknowledge();
    }
  }

  test("a call without an answer costs two PINGs, the second after five seconds, then one in five minutes", () => {
    openStream();
    advanceWithAcks(20_000);
    expect(connection.pings).toHaveLength(2);
    advanceWithAcks(270_000);
    expect(connection.pings).toHaveLength(2);
    advanceWithAcks(30_000);
    expect(connection.pings).toHaveLength(3);
  });

  test("HEADERS or DATA start the count again", () => {
    openStream();
    advanceWithAcks(20_000);
    respond();
    advanceWithAcks(20_000);
    expect(connection.pings).toHaveLength(4);
  });

  test("too_many_pings makes the intervals longer", () => {
    watch({}, 4);
    openStream();
    clock.advance(1_999);
    expect(connection.pings).toHaveLength(0);
    clock.advance(CHECK_MS);
    expect(connection.pings).toHaveLength(1);
  });

  test.each([
    ["maxPingsWithoutData: 0", { maxPingsWithoutData: 0 }],
    ["intervals of Infinity", { firstBytePingMs: Infinity, keepaliveTimeMs: Infinity }],
  ])("%s: none is sent, and no peer is dead", (_, rest) => {
    watch(rest);
    openStream();
    clock.advance(3_600_000);
    expect([connection.pings.length, liveness.state]).toEqual([0, "alive"]);
  });
});

describe("an idle connection", () => {
  test("is unverified after a minute without bytes, and needs no timer from then on", () => {
    clock.advance(59_999);
    expect(liveness.state).toBe("alive");
    clock.advance(1);
    expect(liveness.state).toBe("unverified");
    expect(clock.pendingTimers).toBe(0);
  });

  test("is alive after the ack of its verification", () => {
    clock.advance(60_000);
    expect(liveness.verify()).toBe(true);
    expect(liveness.state).toBe("verifying");
    acknowledge();
    clock.advance(1_000);
    expect([liveness.state, liveness.roundTripMs]).toEqual(["alive", 1]);
  });

  test("is dead when no ack comes within four round trips, at least 200 ms", () => {
    clock.advance(60_000);
    liveness.verify();
    clock.advance(199);
    expect(liveness.state).toBe("verifying");
    clock.advance(1);
    expect(changes.at(-1)).toBe(
      "60200 dead while idle: did not acknowledge a PING within 200 ms, after it had been idle",
    );
  });

  test("is alive when its ack waited in the socket of a blocked process", () => {
    clock.advance(60_000);
    liveness.verify();
    clock.block(3_000);
    clock.advance(0);
    acknowledge();
    clock.advance(1_000);
    expect(liveness.state).toBe("alive");
  });

  test("is not verified a third time without HEADERS or DATA", () => {
    for (let i = 0; i < 2; i++) {
      clock.advance(60_000);
      expect(liveness.verify()).toBe(true);
      acknowledge();
      // The peer's ack was noticed; the connection is idle from now on.
      monitor.didOpenStream();
    }
    clock.advance(61_000);
    expect(liveness.state).toBe("unverified");
    expect(liveness.verify()).toBe(false);
    expect(connection.pings).toHaveLength(2);
  });

  test("is verified when there is traffic on another connection, without a call that waits for it", () => {
    clock.advance(60_000);
    const other = new FakeConnection();
    const neighbour = new Liveness(
      other,
      { clock, options: OPTIONS, load: testLoad("10.0.0.2:1"), scale: () => 1 },
      { onLiveness() {}, onDead() {} },
    );
    neighbour.didBecomeReady();
    monitor.add(neighbour);
    other.openCalls = 1;
    clock.advance(CHECK_MS);
    expect(liveness.state).toBe("verifying");
  });

  test("a stream that is opened on it all the same makes it one with streams", () => {
    clock.advance(60_000);
    openStream();
    clock.advance(1_000);
    expect(states()).toEqual(["unverified", "alive", "pinged"]);
  });
});
