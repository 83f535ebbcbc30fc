/**
 * `npm run -s requests -- FILE [--json] [--table]`: plans each dialogue of FILE, and prints the result
 * beside the expected one. `--table`, or `npm run -s score -- FILE`: one line per request and per group
 * instead. Ends with a line of counts: right, asked instead,
 * drafted something else. A person has to judge each "something else". Exits with 1 if there is one, and with 2 and one
 * line on stderr if the arguments or FILE are wrong.
 *
 * FILE: `{"requests": [{"id", "group", "turns": ["…"], "expect": {"outcome", "trigger", "nodes", "or_question", "must_say"}}]}`.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, readRequests } from "./describe.ts";
import { judge } from "./judge.ts";
import { play } from "./play.ts";
import { table, totalsLine, totalsOf } from "./table.ts";

const USAGE = "usage: npm run -s requests -- FILE [--json] [--table]";

const { json, isTable, requests } = readInput();

interface Input {
  readonly json: boolean;
  readonly isTable: boolean;
  readonly requests: ReturnType<typeof readRequests>;
}

function readInput(): Input {
  try {
    const flag = { type: "boolean", default: false } as const;
    const options = { json: flag, table: flag };
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [file, another] = positionals;
    if (file === undefined) throw new Error("FILE is missing");
    if (another !== undefined) throw new Error(`expected one FILE, got also ${another}`);
    return { json: values.json, isTable: values.table, requests: readRequests(readFileSync(file, "utf8"), file) };
  } catch (error) {
    console.error(`${(error as Error).message.replaceAll(/\s+/g, " ")}; ${USAGE}`);
    process.exit(2);
  }
}

const results = requests.map((request) => {
  const played = play(request.turns);
  return { ...request, ...played, verdict: judge(request.expect, played) };
});
const summary = totalsOf(results);

if (json) console.log(JSON.stringify({ summary, results }, undefined, 2));
else {
  for (const line of isTable ? table(results) : results.map(describe)) console.log(line);
  console.log(totalsLine(summary));
}
if (summary.something_else > 0) process.exitCode = 1;
