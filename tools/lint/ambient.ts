// No ambient clock or random numbers: code that reads them cannot be tested without waiting, nor simulated.

import type { ImportRestriction, Rules } from "./override.ts";

const TAKE_A_CLOCK =
  "Take a Clock (packages/foundation/src/clock.ts) as an input, so that tests and simulations can turn it.";
const TAKE_DICE = "Take a Random (packages/foundation/src/random.ts) as an input, so that a seed repeats the run.";
const WAIT_FOR_IT =
  "Wait for the event or the condition itself, or turn a FakeClock: a sleep is slow when it is right and flaky when it is not.";

const CLOCK_GLOBALS = ["Date", "performance", "setTimeout", "setInterval", "setImmediate"];

// A benchmark measures time and a test may yield to the event loop. Neither waits for wall time.
const ALLOWED_IN_TESTS: ReadonlySet<string> = new Set(["performance", "setImmediate"]);

/** A global that some files may not use, and what to do instead. */
export interface RestrictedGlobal {
  readonly name: string;
  readonly message: string;
}

/** For all files: the modules that export clocks. */
export const ambientImports: readonly ImportRestriction[] = [
  { regex: "^(node:)?timers(/promises)?$", message: TAKE_A_CLOCK },
  { regex: "^(node:)?perf_hooks$", message: TAKE_A_CLOCK },
];

/** For code of production: no clock, no random numbers. */
export const noAmbientClockOrDice: Rules = ambientRules(CLOCK_GLOBALS, TAKE_A_CLOCK);

/** What runs in production in a place where further globals are refused. */
export function noAmbientClockOrDiceNor(globals: readonly RestrictedGlobal[]): Rules {
  return ambientRules(CLOCK_GLOBALS, TAKE_A_CLOCK, globals);
}

/** For tests, benchmarks and tools: no date, no timer, no random numbers. */
export const noSleeps: Rules = ambientRules(
  CLOCK_GLOBALS.filter((name) => !ALLOWED_IN_TESTS.has(name)),
  WAIT_FOR_IT,
);

/** For the two files that wrap the ambient clock and the ambient random numbers. */
export const ambientAllowed: Rules = { "no-restricted-globals": "off", "no-restricted-properties": "off" };

function ambientRules(globals: readonly string[], message: string, further: readonly RestrictedGlobal[] = []): Rules {
  return {
    "no-restricted-globals": ["error", ...globals.map((name) => ({ name, message })), ...further],
    "no-restricted-properties": [
      "error",
      { object: "Math", property: "random", message: TAKE_DICE },
      { object: "AbortSignal", property: "timeout", message },
      { object: "process", property: "hrtime", message },
      ...["globalThis", "global"].flatMap((object) => globals.map((property) => ({ object, property, message }))),
    ],
  };
}
