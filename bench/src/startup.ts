/**
 * What a client library costs a program that starts: CPU time of its import, and of its import and first call, in a new process each,
 * peers in turns. Ours is the package as it is published (`npm run pack -- grpc-client`); it loads a part of its code for the first call.
 */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Figures, RunOptions, Variant } from "./benchmark.ts";
import { median } from "./median.ts";
import { LoadServer } from "./running-peers.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OURS = "@agent-team/grpc-client";
const PEERS = { "grpc-js": "@grpc/grpc-js", "nice-grpc": "nice-grpc", "connect-node": "@connectrpc/connect-node" };
const RUNS = 21;

/** What a program does after the import of `module` to have made one call. */
const FIRST_CALLS = {
  ours: `
    const channel = module.createChannel("ipv4:" + address);
    const method = { path: "/bench.Echo/Unary", unaryRequest: true, unaryResponse: true, idempotent: false };
    const ended = Promise.withResolvers();
    const onEnd = (error) => (error === undefined ? ended.resolve() : ended.reject(error));
    const call = channel.call(method, {}, { onHeaders() {}, onMessage() {}, onDrain() {}, onEnd });
    call.start();
    call.send(Buffer.alloc(100), true);
    await ended.promise;`,
  "grpc-js": `
    const { Client, credentials } = module.default;
    const client = new Client(address, credentials.createInsecure());
    const same = (bytes) => bytes;
    await new Promise((resolve, reject) =>
      client.makeUnaryRequest("/bench.Echo/Unary", same, same, Buffer.alloc(100), (error, answer) =>
        error === null ? resolve(answer) : reject(error)));`,
} as const;

export async function startup({ quick, progress }: RunOptions): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "startup-"));
  await using processes = new AsyncDisposableStack();
  try {
    progress("packing the client");
    const pack = [join(ROOT, "tools", "pack.ts"), "grpc-client", join(folder, "node_modules", OURS)];
    const packed = run([...process.execArgv, ...pack]);
    for (const name of Object.values(PEERS)) link(name, folder);
    const { addresses } = (await LoadServer.start(processes, 1)).target;
    const runs = quick ? 1 : RUNS;
    const imports = new Samples();
    const calls = new Samples();
    for (let i = 1; i <= runs; i++) {
      for (const [name, module] of Object.entries({ ours: OURS, ...PEERS })) {
        progress(`run ${i} of ${runs}: ${name}`);
        imports.add(name, cpuMs(module, folder));
      }
      for (const [name, module] of [["ours", OURS] as const, ["grpc-js", PEERS["grpc-js"]] as const])
        calls.add(name, cpuMs(module, folder, FIRST_CALLS[name], addresses[0]));
    }
    return {
      unit: "ms CPU per import",
      ...imports.medians(),
      variants: {
        "first-call": { unit: "ms CPU for import and first call", ...calls.medians() },
        "minified-at-import": { unit: "KiB", ours: kibOf(packed, "at import"), peers: {} },
        "minified-all": { unit: "KiB", ours: kibOf(packed, "with all"), peers: {} },
      },
      notes: [
        `medians of ${runs} processes each, in turns; minified: the code that an import reads, and all that may be loaded later`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** CPU times by name. */
class Samples {
  readonly #ms = new Map<string, number[]>();

  add(name: string, ms: number): void {
    this.#ms.set(name, [...(this.#ms.get(name) ?? []), ms]);
  }

  medians(): Pick<Variant, "ours" | "peers"> {
    const { ours = Number.NaN, ...peers } = Object.fromEntries(
      [...this.#ms].map(([name, values]) => [name, median(values)]),
    );
    return { ours, peers };
  }
}

/** A size in what `npm run pack` prints. */
function kibOf(packed: string, what: string): number {
  return Number(new RegExp(`([\\d.]+) KiB ${what}`).exec(packed)?.[1]);
}

/** Packages resolve their own dependencies where they really are. */
function link(name: string, folder: string): void {
  mkdirSync(join(folder, "node_modules", dirname(name)), { recursive: true });
  symlinkSync(join(ROOT, "node_modules", name), join(folder, "node_modules", name));
}

function cpuMs(name: string, folder: string, then = "", address = ""): number {
  const program = `const start = process.cpuUsage();
    const address = ${JSON.stringify(address)};
    const module = await import(${JSON.stringify(name)});
    ${then}
    const { user, system } = process.cpuUsage(start);
    console.log((user + system) / 1_000);
    process.exit();`;
  return Number(run(["--input-type=module", "--eval", program], folder));
}

/** A program of Node without the compiled code that other starts have left. */
function run(args: readonly string[], cwd: string = ROOT): string {
  const { NODE_COMPILE_CACHE: _, ...env } = process.env;
  return execFileSync(process.execPath, args, { cwd, env, encoding: "utf8" });
}
