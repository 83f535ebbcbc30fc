/**
 * `npm run -s requests -- FILE [--json]`: plans each dialogue of FILE, and prints the result
 * beside the expected one. Ends with three counts: right, asked instead,
 * drafted something else. A person has to judge each "something else". Exits with 1 if there is one, and with 2 and one
 * line on stderr if the arguments or FILE are wrong.
 *
 * FILE: `{"requests": [{"id", "turns": ["…"], "expect": {"outcome", "trigger", "nodes", "or_question", "must_say"}}]}`.
 */

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { describe, readRequests } from "./describe.ts";
import { judge } from "./judge.ts";
import { play } from "./play.ts";

const USAGE = "usage: npm run -s requests -- FILE [--json]";

const { json, requests } = readInput();

function readInput(): { readonly json: boolean; readonly requests: ReturnType<typeof readRequests> } {
  try {
    const options = { json: { type: "boolean", default: false } } as const;
    const { values, positionals } = parseArgs({ options, allowPositionals: true });
    const [file, another] = positionals;
    if (file === undefined) throw new Error("FILE is missing");
    if (another !== undefined) throw new Error(`expected one FILE, got also ${another}`);
    return { json: values.json, requests: readRequests(readFileSync(file, "utf8"), file) };
  } catch (error) {
    console.error(`${(error as Error).message.replaceAll(/\s+/g, " ")}; ${USAGE}`);
    process.exit(2);
  }
}

const results = requests.map((request) => {
  const played = play(request.turns);
  return { ...request, ...played, verdict: judge(request.expect, played) };
});
const count = (verdict: string): number => results.filter((result) => result.verdict === verdict).length;
const summary = {
  requests: results.length,
  right: count("right"),
  asks_instead: count("asks instead"),
  something_else: count("something else"),
};

if (json) console.log(JSON.stringify({ summary, results }, undefined, 2));
else {
  for (const result of results) console.log(describe(result));
  console.log(
    `${summary.requests} requests: ${summary.right} right, ${summary.asks_instead} ask instead, ${summary.something_else} drafted something else`,
  );
}
if (summary.something_else > 0) process.exitCode = 1;
