/**
 * The process in which expressions run: questions come in on stdin, answers go out on stdout, in turn. It says first that
 * it is ready, and ends with its stdin. It catches what an expression throws; for what cannot be caught (an endless loop,
 * too much memory) the whole process ends, which the engine sees. Imports nothing of the engine but what lies in this
 * folder and the one above.
 */
import { Worker } from "node:worker_threads";
import { FrameReader, frameHeader } from "../frames.ts";
import { answerTo } from "./answer.ts";
import { Turns } from "./turns.ts";

/** The scope of a run is bounded by the size of its log, 4 MiB; this only keeps a broken stream from being collected. */
const MAX_QUESTION_BYTES = 64 * 1024 * 1024;

/** Node 24.21 has it and its types do not. */
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
new Worker(supervisor, {
  workerData: turns.cells,
  resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 },
}).once("message", () => {
  // A thread with options of its own would be under no permissions: from here on there can be no other one.
  (process.permission as DroppablePermission).drop("worker");
  void start();
});

async function start(): Promise<void> {
  // The first evaluation compiles what all use; that time belongs to no expression.
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
