import { plan } from "./planner.ts";

/**
 * They need most of the planner's patterns, in shares of some tens of ms. V8 compiles a pattern at its first use, and again at its second,
 * for speed; a class of all letters takes it half a millisecond.
 */
const REQUESTS: readonly string[] = [
  "hi",
  "fetch a",
  "hello",
  "if total is above 3, tell #a",
  "if it rains, tell #a",
  "every day fetch a.test",
];

/**
 * Plans some short requests, one at each step, so that the first request of a process does not wait for its patterns. Each step blocks
 * its caller: take them in turns of the event loop.
 */
export function* warmUp(): Generator<void> {
  for (const message of REQUESTS) yield void plan({ message });
}
