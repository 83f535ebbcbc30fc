import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { limitIdle } from "./connection-idle.ts";

function connectionOf(): {
  readonly clock: FakeClock;
  readonly ended: string[];
  openStreams: number;
  received: number;
} {
  const clock = new FakeClock();
  const ended: string[] = [];
  const connection = { clock, ended, openStreams: 0, received: 0, goAway: (debug: string) => ended.push(debug) };
  limitIdle(connection, 1_000, clock, () => {});
  return connection;
}

test("a connection without a call for its idle time ends", () => {
  const { clock, ended } = connectionOf();
  clock.advance(1_000);
  expect(ended).toEqual(["max_idle"]);
});

test("a call that was open at the last look keeps its connection, also when it has ended since and nothing came", () => {
  const connection = connectionOf();
  connection.received = 1;
  connection.openStreams = 1;
  connection.clock.advance(1_000);
  connection.openStreams = 0;
  connection.clock.advance(1_000);
  expect(connection.ended).toEqual([]);
  connection.clock.advance(1_000);
  expect(connection.ended).toEqual(["max_idle"]);
});
