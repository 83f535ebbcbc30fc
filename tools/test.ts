/**
 * `npm test [-- ARGUMENTS]`: all tests, or those that vitest's arguments choose (`packages/journal`, `-t NAME`). What is
 * skipped and what failed is named with its reason at the end, and the last line is `N passed, N failed`, with `, N skipped`
 * where there are any.
 */

import { parseCLI, startVitest } from "vitest/node";
import { tally, toLine } from "./test/tally.ts";

const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
const vitest = await startVitest("test", filter, { ...options, watch: false });
const result = tally(vitest.state.getTestModules(), vitest.state.getUnhandledErrors());
// Vitest's own verdict stands too: it knows failures that are no test's, such as a filter that finds no file.
const isRed = process.exitCode !== undefined && process.exitCode !== 0;
await vitest.close();

for (const { where, reason } of result.skipped) console.log(`SKIPPED ${where} (${reason})`);
for (const { where, reason } of result.failed) console.log(`FAILED ${where}\n${reason.replaceAll(/^/gm, "    ")}`);
console.log(toLine(result));
process.exitCode = isRed || result.failed.length > 0 || result.passed === 0 ? 1 : 0;
