import { createWriteStream, mkdirSync, readdirSync, rmSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Lines kept in memory for error messages. */
const keptLines = 20;
/** Longest line that is kept; the file has it whole. */
const keptCharacters = 500;
/** A file's size at most, so that a forgotten cloud with a chatty task does not fill the disk. */
const maxFileBytes = 10 * 1024 * 1024;
/** Files of ended tasks that stay per service. */
const keptFiles = 20;

/**
 * What one task writes, in `{folder}/{service}/{service}/{task-id}.log`: the log stream `{service}/{service}/{task-id}`
 * that awslogs would make of it. The last lines stay in memory.
 */
export class TaskLog {
  readonly #file: WriteStream;
  readonly #last: string[] = [];
  #bytes = 0;

  constructor(folder: string, service: string, taskId: string) {
    const streams = join(folder, service, service);
    mkdirSync(streams, { recursive: true });
    prune(streams);
    this.#file = createWriteStream(join(streams, `${taskId}.log`));
    // Without a disk the task still runs, and its last lines are still here.
    this.#file.on("error", () => {});
  }

  /** Reads a stream of the task to its end. */
  collect(output: Readable): void {
    createInterface({ input: output }).on("line", (line) => this.#write(line));
  }

  lastLines(): readonly string[] {
    return this.#last;
  }

  close(): void {
    this.#file.end();
  }

  #write(line: string): void {
    this.#last.push(line.slice(0, keptCharacters));
    if (this.#last.length > keptLines) this.#last.shift();
    if (this.#bytes > maxFileBytes || !this.#file.writable) return;
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#file.write(this.#bytes > maxFileBytes ? "(the log ends here: 10 MiB)\n" : `${line}\n`);
  }
}

/** Removes the oldest logs of a folder, so that with one more there are `keptFiles`. */
function prune(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of logs.slice(keptFiles - 1)) rmSync(path, { force: true });
}
