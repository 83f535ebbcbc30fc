/** For tests of code that uses this planner: a graph as readable lines. */

export { sketch } from "./sketch.ts";
