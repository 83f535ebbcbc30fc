import { type Clock, systemClock } from "@agent-team/foundation/clock";

/** Real timers, counted: a timer that the code under test forgets fails the test. */
export function countingClock(): Clock & { readonly open: number } {
  const open = new Set<object>();
  return {
    now: () => systemClock.now(),
    wallNow: () => systemClock.wallNow(),
    get open() {
      return open.size;
    },
    setTimer(delayMs, callback) {
      const timer = {};
      open.add(timer);
      const running = systemClock.setTimer(delayMs, () => {
        open.delete(timer);
        callback();
      });
      return {
        cancel() {
          open.delete(timer);
          running.cancel();
        },
        ref: () => running.ref(),
        unref: () => running.unref(),
      };
    },
  };
}
