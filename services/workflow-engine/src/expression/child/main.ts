/**
 * The program of an expression process. Questions come in on stdin, answers go out on stdout in the same order; the first
 * answer, `ready`, needs no question. Its argument is the CPU time that one expression may take. It ends with its stdin. It answers an error that an expression throws; an endless loop
 * or too much memory ends the whole process. Of the engine it imports only expression/ and cut-text.ts.
 */
import { Worker } from "node:worker_threads";
import { FrameReader, frameHeader } from "../frames.ts";
import { answerTo } from "./answer.ts";
import type { Supervision } from "./supervisor.ts";
import { Turns } from "./turns.ts";

/** A scope is bounded by the events of its run, 4 MiB. This limit ends a broken stream. */
const MAX_QUESTION_BYTES = 64 * 1024 * 1024;

/** Node 24.21 has `drop`, its types do not. */
type DroppablePermission = NodeJS.ProcessPermission & { drop(scope: string): void };

const turns = new Turns();
const reader = new FrameReader(MAX_QUESTION_BYTES);
const parts: Buffer[] = [];

function send(answer: string): void {
  const body = Buffer.from(answer);
  process.stdout.write(frameHeader(body));
  process.stdout.write(body);
}

async function answerAll(): Promise<void> {
  for (;;) {
    const [job, scope] = parts;
    if (job === undefined || scope === undefined) return;
    turns.begin();
    const answer = await answerTo(job, scope);
    turns.end();
    parts.splice(0, 2);
    send(answer);
  }
}

const supervisor = new URL(`./supervisor${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
const supervision: Supervision = { cells: turns.cells, maxCpuMs: Number(process.argv[2]) };
new Worker(supervisor, {
  workerData: supervision,
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
}).once("message", () => {
  // A thread can be started with other options, and so without permissions: from here on none can be started.
  (process.permission as DroppablePermission).drop("worker");
  void start();
});

async function start(): Promise<void> {
  // The first evaluation compiles what all others use; its CPU time counts to no expression.
  await answerTo(
    Buffer.from('{"kind":"evaluate","expression":"$sum([1, 2].($ * 2))","maxBytes":16}'),
    Buffer.from("{}"),
  );
  process.stdin.on("data", (chunk: Buffer) => {
    const isIdle = parts.length < 2;
    parts.push(...reader.push(chunk));
    if (isIdle) void answerAll();
  });
  process.stdin.once("end", () => process.exit(0));
  send('{"kind":"ready"}');
}
