import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";

/** One task's log. */
export interface LogStream {
  /** `{service}/{container}/{task-id}`, as awslogs names it. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly writtenAtMs: number;
  readonly bytes: number;
}

export interface LogEvent {
  readonly atMs: number;
  /** Its place in its stream, from 0. */
  readonly index: number;
  readonly message: string;
}

/**
 * CloudWatch's view of the files that `TaskLog` writes. Each answer is read from them, so that logs of clouds that ran
 * before are there too. A file has 10 MiB at most, and only one is read at a time.
 */
export class LogGroup {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** In the order of their names. */
  async streams(prefix = ""): Promise<readonly LogStream[]> {
    // A folder that is not there yet has no logs.
    const files = await readdir(this.#folder, { recursive: true }).catch(() => []);
    const names = files
      .filter((file) => file.endsWith(".log"))
      .map((file) => file.slice(0, -".log".length).replaceAll("\\", "/"))
      .filter((name) => name.startsWith(prefix));
    const found = await Promise.all(names.toSorted().map((name) => this.#describe(name)));
    return found.filter((stream) => stream !== undefined);
  }

  /**
   * The stream of that name. The short form `{service}/{task-id}` names the same one, since a container has its
   * service's name; and the word `task-id` itself, as documents write it, stands for the task that wrote last.
   */
  async find(name: string): Promise<LogStream | undefined> {
    const [service = "", ...rest] = name.split("/");
    const id = rest.at(-1) ?? "";
    if (rest.length > 2 || (rest.length === 2 && rest[0] !== service)) return undefined;
    const streams = await this.streams(`${service}/${service}/`);
    if (id !== "task-id") return streams.find((stream) => stream.name === `${service}/${service}/${id}`);
    return streams.toSorted((a, b) => b.writtenAtMs - a.writtenAtMs)[0];
  }

  /** What stands in it by now: whole lines, oldest first. */
  async events(stream: LogStream): Promise<readonly LogEvent[]> {
    const text = await readFile(this.#path(stream.name), "utf8").catch(() => "");
    const lines = text.split("\n").slice(0, -1);
    let atMs = stream.createdAtMs;
    return lines.map((message, index) => ({ atMs: (atMs = timeOf(message) ?? atMs), index, message }));
  }

  #path(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** Undefined for one that was pruned while we looked. */
  async #describe(name: string): Promise<LogStream | undefined> {
    const found = await stat(this.#path(name)).catch(() => undefined);
    if (found === undefined) return undefined;
    const { birthtimeMs, mtimeMs, size } = found;
    return { name, createdAtMs: Math.floor(birthtimeMs), writtenAtMs: Math.floor(mtimeMs), bytes: size };
  }
}

/** Our services' lines say when they were written. Another line is as old as the one before it. */
function timeOf(line: string): number | undefined {
  const text = /"time":"([^"]+)"/.exec(line)?.[1];
  // oxlint-disable-next-line no-restricted-globals -- reads the time that stands in the line, and no clock
  const atMs = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}
