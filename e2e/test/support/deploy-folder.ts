/** A service as its image holds it, on a machine that has Node and nothing of this repository. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..", "..", "..");
/** The user of the image. Root may write wherever it likes, read-only or not, and would prove nothing. */
const IDENTITY = process.getuid?.() === 0 ? { uid: 1000, gid: 1000 } : {};

const execute = promisify(execFile);

/** A machine's disk: Node in `bin`, each service's folder beside it, all read-only. */
export class Machine {
  readonly #root: string = mkdtempSync(join(tmpdir(), "agent-team-machine-"));

  constructor() {
    chmodSync(this.#root, 0o755);
    mkdirSync(join(this.#root, "bin"));
    copyFileSync(process.execPath, join(this.#root, "bin", "node"));
  }

  folderOf(service: string): string {
    return join(this.#root, service);
  }

  /** Runs `npm run pack` and takes all rights to write from what it made. */
  async install(service: string): Promise<void> {
    const folder = this.folderOf(service);
    await execute(process.execPath, [join(ROOT, "tools", "run.mjs"), "tools/pack.ts", service, folder]);
    for (const { path, mode } of entriesOf(folder)) chmodSync(path, mode & ~0o222);
  }

  /** Starts the service as its image does, with these variables and no other. */
  start(service: string, environment: Readonly<Record<string, string>>): ChildProcess {
    const folder = this.folderOf(service);
    return spawn("node", ["dist/main.js"], {
      cwd: folder,
      env: { PATH: join(this.#root, "bin"), ...environment },
      stdio: ["ignore", "ignore", "inherit"],
      ...IDENTITY,
    });
  }

  /** The exit code of `grpc_health_probe`, and what it said. */
  async probe(service: string, ...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
    const program = join(this.folderOf(service), "bin", "grpc_health_probe");
    // `env` finds Node by the PATH, and itself by its own path.
    const child = spawn(program, args, {
      env: { PATH: join(this.#root, "bin") },
      stdio: ["ignore", "ignore", "pipe"],
      ...IDENTITY,
    });
    const said: Buffer[] = [];
    child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
    const [code] = (await once(child, "close")) as [number];
    return { code, said: Buffer.concat(said).toString().trim() };
  }

  /** Everything that the services' folders hold, so that two moments can be compared. */
  fingerprint(): readonly string[] {
    return entriesOf(this.#root).map(({ path, mode, size, mtimeMs }) => [path, mode, size, mtimeMs].join(" "));
  }

  remove(): void {
    for (const { path, mode } of entriesOf(this.#root)) if ((mode & 0o40000) !== 0) chmodSync(path, 0o755);
    rmSync(this.#root, { recursive: true });
  }
}

interface Entry {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;
}

function entriesOf(folder: string): readonly Entry[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path));
  return [folder, ...paths].map((path) => ({ path, ...pick(path) }));
}

function pick(path: string): Omit<Entry, "path"> {
  const { mode, size, mtimeMs } = statSync(path);
  return { mode, size, mtimeMs };
}
