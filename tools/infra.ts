/**
 * `npm run infra`: everything that can be said about `infra/` without an AWS account. What needs a program that this
 * machine lacks is skipped with a line that says what stays unknown; INFRA_REQUIRE=all makes that a failure.
 * `npm run infra -- --write` writes the tables of infra/README.md instead. Ends with `N passed, N failed, N skipped`.
 */

import { join } from "node:path";
import { ROOT } from "./check/tool.ts";
import { add, type Reporting, runChecks, toLine } from "./infra/check.ts";
import { alwaysChecks } from "./infra/checks/always.ts";
import { writeReadme } from "./infra/checks/readme.ts";
import { readSubject } from "./infra/checks/subject.ts";
import { motoChecks } from "./infra/with-terraform/moto-checks.ts";
import { shellChecks } from "./infra/with-terraform/shell-checks.ts";
import { terraformChecks } from "./infra/with-terraform/terraform-checks.ts";

const INFRA = join(ROOT, "infra");

async function check(): Promise<boolean> {
  const reporting: Reporting = {
    print: (line) => console.log(line),
    requireAll: process.env["INFRA_REQUIRE"] === "all",
  };
  const quick = await runChecks([...alwaysChecks(INFRA), ...shellChecks(INFRA)], reporting);
  // Side by side: an apply waits most of its time for load balancers, and the tests compute.
  const slow = [terraformChecks(INFRA), motoChecks(INFRA)].map((checks) => runChecks(checks, reporting));
  const tally = add([quick, ...(await Promise.all(slow))]);
  console.log(toLine(tally));
  return tally.failed === 0;
}

if (process.argv.includes("--write")) writeReadme(readSubject(INFRA));
else process.exitCode = (await check()) ? 0 : 1;
