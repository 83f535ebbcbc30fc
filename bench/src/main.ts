/**
 * `npm run bench -- NAME… [--json] [--save] [--quick]`: benchmarks one after another, each with its peers in the same run. With `--json`
 * the last line of each is one object; `--save` keeps it in `bench/results`; `--quick` takes every step with too few repetitions for a
 * figure. `npm run bench -- guide` puts what is kept into the guide and the picture. Exit 0: done. 1: something failed. 2: no such
 * benchmark or option.
 */

import { parseArgs } from "node:util";
import type { Benchmark, RunOptions } from "./benchmark.ts";
import { both } from "./both.ts";
import { deadline } from "./deadline.ts";
import { writeDocuments } from "./guide.ts";
import { hpack } from "./hpack.ts";
import { large } from "./large.ts";
import { latency } from "./latency.ts";
import { lbPath } from "./lb-path.ts";
import { memory } from "./memory.ts";
import { pick } from "./pick.ts";
import { queue } from "./queue.ts";
import { readers } from "./readers.ts";
import { toJson, toTable } from "./report.ts";
import { saveResult } from "./results.ts";
import { runs } from "./runs.ts";
import { scale } from "./scale.ts";
import { server } from "./server.ts";
import { serverMemory } from "./server-memory.ts";
import { startup } from "./startup.ts";
import { stream } from "./stream.ts";
import { stub } from "./stub.ts";
import { unary } from "./unary.ts";
import { update } from "./update.ts";

interface Entry {
  readonly measures: string;
  readonly run: Benchmark;
}

const BENCHMARKS: Readonly<Record<string, Entry>> = {
  unary: { measures: "client CPU per unary call over two endpoints", run: unary },
  stream: { measures: "server streams of 100 small messages, and bidi ping-pong", run: stream },
  large: { measures: "messages of 1 MiB and 16 MiB, both ways", run: large },
  latency: { measures: "latency in an open loop at 100, 500 and 2,000 calls a second", run: latency },
  pick: { measures: "a pick at 2, 10, 64 and 1,000 endpoints", run: pick },
  queue: { measures: "the end of a stream while 256 and 10,000 calls wait for room", run: queue },
  deadline: { measures: "the deadline of a call, from its start to its end", run: deadline },
  stub: { measures: "what a stub of grpc-js costs on a channel that does nothing", run: stub },
  hpack: { measures: "the header blocks of a unary call: encoding a request, decoding a response", run: hpack },
  scale: { measures: "unary calls with 1, 10, 100 and 1,000 endpoints", run: scale },
  update: { measures: "an answer of discovery, from its merge to the new picker", run: update },
  server: { measures: "server CPU per unary call and per message of a stream", run: server },
  both: { measures: "CPU of client and server together per unary call", run: both },
  memory: { measures: "what an idle connection holds in the client", run: memory },
  "server-memory": { measures: "what an idle connection holds in the server", run: serverMemory },
  readers: { measures: "what a reader of an event stream costs the gateway", run: readers },
  startup: { measures: "the import of a client library, and its first call", run: startup },
  runs: { measures: "CPU of all processes per node of a run, appends, timers and runs that wait", run: runs },
  "lb-path": { measures: "direct tasks against one TCP balancer in between", run: lbPath },
};

/** Not a benchmark: writes the documents. */
const GUIDE = "guide";

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals, problem } = parse(args);
  if (problem !== undefined) return refuse(problem);
  if (positionals.length === 1 && positionals[0] === GUIDE) {
    writeDocuments();
    return 0;
  }
  const entries = positionals.map((name) => ({ name, entry: Object.hasOwn(BENCHMARKS, name) && BENCHMARKS[name] }));
  const unknown = entries.filter(({ entry }) => !entry).map(({ name }) => name);
  if (entries.length === 0 || unknown.length > 0)
    return refuse(`expected ${[...Object.keys(BENCHMARKS), GUIDE].join(", ")}; got ${quote(unknown)}`);
  for (const { name, entry } of entries) if (entry) await runOne(name, entry, values);
  return 0;
}

async function runOne(name: string, { measures, run }: Entry, values: Parsed["values"]): Promise<void> {
  console.log(`${name}: ${measures}. Node ${process.version}`);
  const figures = await run({ quick: values.quick === true, tell: console.log, progress: showProgress });
  showProgress("");
  console.log(toTable(figures));
  if (values.save === true) saveResult(name, figures);
  if (values.json === true) console.log(toJson(name, figures));
}

const OPTIONS = { json: { type: "boolean" }, save: { type: "boolean" }, quick: { type: "boolean" } } as const;

interface Parsed {
  readonly values: Partial<Readonly<Record<keyof typeof OPTIONS, boolean>>>;
  readonly positionals: readonly string[];
  readonly problem?: string | undefined;
}

function parse(args: readonly string[]): Parsed {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    return { values: {}, positionals: [], problem: error instanceof Error ? error.message : String(error) };
  }
}

function refuse(problem: string): number {
  console.error(`npm run bench -- NAME… [--json] [--save] [--quick]: ${problem}`);
  return 2;
}

function quote(names: readonly string[]): string {
  return names.length === 0 ? "nothing" : names.map((name) => `"${name}"`).join(" ");
}

/** Overwrites one line of the terminal. Without a terminal it prints nothing. */
const showProgress: RunOptions["progress"] = (line) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
};

process.exitCode = await main(process.argv.slice(2));
