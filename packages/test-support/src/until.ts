/**
 * Waits for a condition without a clock, by turns of the event loop. The number of turns is bounded, so a condition that never
 * holds fails by its name instead of hanging.
 */

/** Some seconds of a busy loop; a loopback round trip takes a handful of turns. */
const MAX_TURNS = 200_000;

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < MAX_TURNS; turn++) {
    if (condition()) return;
    await nextTurn();
  }
  throw new Error(`never happened: ${what}`);
}

/** Lets a number of turns pass, for assertions that an event does not follow. */
export async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await nextTurn();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
