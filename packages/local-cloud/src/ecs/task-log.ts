import { createWriteStream, mkdirSync, readdirSync, rmSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Lines kept in memory for error messages. */
const MAX_LINES = 20;
/** Longer lines are cut in memory, and not in the file. */
const MAX_LINE_CHARACTERS = 500;
/** Limit of a file's size, so that a cloud left running does not fill the disk. */
const MAX_FILE_BYTES = 10 * 1024 * 1024;
/** Files per service; the oldest are removed. */
const MAX_FILES = 20;

/**
 * Writes the output of one task to `{folder}/{service}/{service}/{task-id}.log`, named like the log stream that awslogs
 * creates (`{service}/{service}/{task-id}`), and keeps the last lines in memory.
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
    // When the file cannot be written, the task still runs, and its last lines are kept in memory.
    this.#file.on("error", () => {});
  }

  /** Reads an output stream of the task to its end. */
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
    this.#last.push(line.slice(0, MAX_LINE_CHARACTERS));
    if (this.#last.length > MAX_LINES) this.#last.shift();
    if (this.#bytes > MAX_FILE_BYTES || !this.#file.writable) return;
    this.#bytes += Buffer.byteLength(line) + 1;
    this.#file.write(this.#bytes > MAX_FILE_BYTES ? "(the log ends here: 10 MiB)\n" : `${line}\n`);
  }
}

/** Removes the oldest logs of a folder, to make space for one more within `MAX_FILES`. */
function prune(folder: string): void {
  const logs = readdirSync(folder)
    .filter((name) => name.endsWith(".log"))
    .map((name) => ({ path: join(folder, name), at: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.at - a.at);
  for (const { path } of logs.slice(MAX_FILES - 1)) rmSync(path, { force: true });
}
