import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { keepAlive } from "./keepalive.ts";

const TIMES = { timeMs: 20, timeoutMs: 200 };

/** A connection that answers no PING. */
class SilentConnection {
  isReady = true;
  readonly calls: string[] = [];

  ping(): boolean {
    if (this.isReady) this.calls.push("ping");
    return this.isReady;
  }

  destroy(): void {
    this.calls.push("destroy");
  }
}

test("a client that does not answer a PING loses its connection", () => {
  const clock = new FakeClock();
  const connection = new SilentConnection();
  keepAlive(connection, TIMES, clock);
  clock.advance(219);
  expect(connection.calls).toEqual(["ping"]);
  clock.advance(1);
  expect(connection.calls).toEqual(["ping", "destroy"]);
});

test("a client that has not sent its SETTINGS is asked after them, and not judged before", () => {
  const clock = new FakeClock();
  const connection = new SilentConnection();
  connection.isReady = false;
  keepAlive(connection, TIMES, clock);
  clock.advance(1_000);
  expect(connection.calls).toEqual([]);
  connection.isReady = true;
  clock.advance(20);
  expect(connection.calls).toEqual(["ping"]);
});
