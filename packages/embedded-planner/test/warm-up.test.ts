import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";

const PLANNER = new URL("../src/index.ts", import.meta.url).href;

/** CPU time of the first request of a new process, in ms. */
function firstPlanMs(before: string): number {
  const program = `
    import { plan, warmUp } from ${JSON.stringify(PLANNER)};
    ${before}
    const start = process.cpuUsage();
    plan({ message: "every day at 9am fetch https://x.test/a, and if total is above 100 tell #ops" });
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1_000);`;
  return Number(execFileSync(process.execPath, [...process.execArgv, "--input-type=module", "--eval", program]));
}

test("after the warm-up the first request takes a fraction of its time", () => {
  const coldMs = firstPlanMs("");
  const warmMs = firstPlanMs("for (const _ of warmUp());");
  // About a twentieth. The bound is for a machine whose collector or compiler works at that moment.
  expect(warmMs).toBeLessThan(coldMs / 3);
});
