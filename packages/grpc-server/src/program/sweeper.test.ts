import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { createLogger } from "../logger.ts";
import { Sweeper } from "./sweeper.ts";

const logger = createLogger({ LOG_LEVEL: "silent", DEBUG: false }, "test");
const HOUR_MS = 3_600_000;

test("a sweep runs each hour, also after a failed one, until the sweeper is stopped", async () => {
  const clock = new FakeClock();
  let sweeps = 0;
  const sweeper = new Sweeper({
    clock,
    logger,
    sweep: () => (++sweeps === 1 ? Promise.reject(new Error("no store")) : Promise.resolve(0)),
  });

  clock.advance(HOUR_MS - 1);
  expect(sweeps).toBe(0);
  for (const expected of [1, 2, 3]) {
    clock.advance(expected === 1 ? 1 : HOUR_MS);
    await Promise.resolve();
    expect(sweeps).toBe(expected);
  }
  sweeper.stop();
  expect(clock.pendingTimers).toBe(0);
});
