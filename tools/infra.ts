/**
 * `npm run infra`: checks `infra/` without an AWS account. A check that needs a program which this machine lacks is skipped,
 * with a line that says what is not checked; INFRA_REQUIRE=all makes that a failure. The last line is
 * `N passed, N failed, N skipped`. `npm run infra -- --write` writes the tables of infra/README.md instead.
 */

import { join } from "node:path";
import { ROOT } from "./check/tool.ts";
import { add, type Reporting, runChecks, toLine } from "./infra/check.ts";
import { alwaysChecks } from "./infra/checks/always.ts";
import { writeReadme } from "./infra/checks/readme.ts";
import { readSubject } from "./infra/checks/subject.ts";
import { motoChecks } from "./infra/with-terraform/moto-checks.ts";
import { shellCheck } from "./infra/with-terraform/shell-check.ts";
import { terraformChecks } from "./infra/with-terraform/terraform-checks.ts";

const INFRA = join(ROOT, "infra");

async function check(): Promise<boolean> {
  const reporting: Reporting = {
    print: (line) => console.log(line),
    requireAll: process.env["INFRA_REQUIRE"] === "all",
  };
  const quick = await runChecks([...alwaysChecks(INFRA), shellCheck(INFRA)], reporting);
  // In parallel: an apply waits for load balancers most of its time, and the tests compute.
  const slow = [terraformChecks(INFRA), motoChecks(INFRA)].map((checks) => runChecks(checks, reporting));
  const tally = add([quick, ...(await Promise.all(slow))]);
  console.log(toLine(tally));
  return tally.failed === 0;
}

if (process.argv.includes("--write")) writeReadme(readSubject(INFRA));
else process.exitCode = (await check()) ? 0 : 1;
