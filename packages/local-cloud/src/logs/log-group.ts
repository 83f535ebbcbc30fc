import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** The log of one task. */
export interface LogStream {
  /** `{service}/{container}/{task-id}`, as awslogs names it. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly writtenAtMs: number;
  readonly bytes: number;
}

export interface LogEvent {
  readonly atMs: number;
  /** Line number in the stream, from 0. */
  readonly index: number;
  readonly message: string;
}

/**
 * The log group of CloudWatch over the files that `TaskLog` writes. It reads the files on each call, so that logs of earlier
 * clouds are included. A file has at most 10 MiB, and one is read at a time.
 */
export class LogGroup {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Ordered by name. */
  async streams(prefix = ""): Promise<readonly LogStream[]> {
    // The folder does not exist before the first task.
    const files = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const names = files
      .filter((file) => file.endsWith(".log"))
      .map((file) => file.slice(0, -".log".length).replaceAll("\\", "/"))
      .filter((name) => name.startsWith(prefix));
    const found = await Promise.all(names.toSorted().map((name) => this.#describe(name)));
    return found.filter((stream) => stream !== undefined);
  }

  /**
   * Finds a stream by name. The short form `{service}/{task-id}` works too, since the container has the name of its service.
   * The literal `task-id`, as in documentation, finds the stream that was written last.
   */
  async find(name: string): Promise<LogStream | undefined> {
    const [service = "", ...rest] = name.split("/");
    const id = rest.at(-1) ?? "";
    if (rest.length > 2 || (rest.length === 2 && rest[0] !== service)) return undefined;
    const streams = await this.streams(`${service}/${service}/`);
    if (id !== "task-id") return streams.find((stream) => stream.name === `${service}/${service}/${id}`);
    return streams.toSorted((a, b) => b.writtenAtMs - a.writtenAtMs)[0];
  }

  /** The complete lines of the stream, oldest first. */
  async events(stream: LogStream): Promise<readonly LogEvent[]> {
    const text = await readFile(this.#path(stream.name), "utf8").catch(() => "");
    const lines = text.split("\n").slice(0, -1);
    let atMs = stream.createdAtMs;
    return lines.map((message, index) => ({ atMs: (atMs = timeOf(message) ?? atMs), index, message }));
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** Undefined for a file that was removed meanwhile. */
  async #describe(name: string): Promise<LogStream | undefined> {
    const found = await stat(this.#path(name)).catch(() => undefined);
    if (found === undefined) return undefined;
    const { birthtimeMs, mtimeMs, size } = found;
    return { name, createdAtMs: Math.floor(birthtimeMs), writtenAtMs: Math.floor(mtimeMs), bytes: size };
  }
}

/** The `time` member of a JSON line. Undefined for a line without one, which gets the time of the line before it. */
function timeOf(line: string): number | undefined {
  const text = /"time":"([^"]+)"/.exec(line)?.[1];
  // oxlint-disable-next-line no-restricted-globals -- parses the time in a line, and reads no clock
  const atMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
