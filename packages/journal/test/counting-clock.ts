import type { Clock } from "../src/clock.ts";

/** Timers that are real and counted: whoever forgets one fails the test. */
export function countingClock(): Clock & { readonly open: number } {
  const open = new Set<object>();
  return {
    get open() {
      return open.size;
    },
    setTimer(delayMs, callback) {
      const timer = {};
      open.add(timer);
      // oxlint-disable-next-line no-restricted-globals -- this is the clock of these tests
      const timeout = setTimeout(() => {
        open.delete(timer);
        callback();
      }, delayMs);
      return {
        cancel() {
          open.delete(timer);
          // oxlint-disable-next-line no-restricted-globals -- this is the clock of these tests
          clearTimeout(timeout);
        },
      };
    },
  };
}
