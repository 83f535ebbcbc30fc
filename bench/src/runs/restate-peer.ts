/**
 * Restate (https://restate.dev), a durable peer: its server and a service, both as processes. Its packages, 224 MB with the binary, are
 * installed into a temporary folder for this benchmark alone; no lockfile has them.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { delay, systemClock } from "@agent-team/foundation/clock";
import { freePort } from "@agent-team/test-support/free-port";
import { cpuMsOfTree } from "./process-tree.ts";
import type { Runner } from "./take-load.ts";

const VERSIONS = { "@restatedev/restate-server": "1.7.12", "@restatedev/restate-sdk": "1.17.2" };
const SERVICE = join(import.meta.dirname, "restate-service.ts");
/** Its packages run no script, and npm asks once more at most: without a network the answer comes within seconds. */
const NPM_OPTIONS = [
  "--no-audit",
  "--no-fund",
  "--no-package-lock",
  "--ignore-scripts",
  "--loglevel=error",
  "--fetch-retries=1",
];
const START_LIMIT_MS = 30_000;
const POLL_MS = 100;

/** For a note. */
export const PEER_VERSIONS: string = Object.entries(VERSIONS)
  .map(([name, version]) => `${name} ${version}`)
  .join(", ");

export class RestatePeer implements Runner {
  readonly nodes: number;
  readonly #ingress: string;
  readonly #pids: readonly number[];

  private constructor(nodes: number, ingress: string, pids: readonly number[]) {
    this.nodes = nodes;
    this.#ingress = ingress;
    this.#pids = pids;
  }

  /** Installs and starts it; `resources` ends it and removes its folder. Otherwise the reason why it cannot be had. */
  static async start(resources: AsyncDisposableStack, nodes: number): Promise<RestatePeer | { readonly why: string }> {
    const folder = mkdtempSync(join(tmpdir(), "bench-restate-"));
    resources.defer(() => rmSync(folder, { recursive: true, force: true }));
    const why = install(folder);
    if (why !== undefined) return { why };
    const [ingress, admin, fabric, service] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const server = startServer(folder, { ingress, admin, fabric });
    const sdk = createRequire(join(folder, "package.json")).resolve("@restatedev/restate-sdk");
    const host = spawn(
      process.execPath,
      [...process.execArgv, SERVICE, sdk.replace(/\.cjs$/, ".js"), String(service)],
      {
        env: { NODE_ENV: "production", RESTATE_LOGGING: "ERROR" },
        stdio: ["ignore", "ignore", "inherit"],
      },
    );
    for (const child of [server, host]) resources.defer(() => end(child));
    await register(`http://127.0.0.1:${admin}`, `http://127.0.0.1:${service}`);
    return new RestatePeer(nodes, `http://127.0.0.1:${ingress}`, [server.pid ?? 0, host.pid ?? 0]);
  }

  /** Its first node is the call itself, as ours is the trigger. */
  async run(): Promise<void> {
    const steps = this.nodes - 1;
    const response = await postJson(`${this.#ingress}/chain/count`, { n: 0, steps });
    const result = await response.text();
    if (result !== `{"n":${steps}}`)
      throw new Error(`restate: HTTP ${response.status}, expected {"n":${steps}}: ${result}`);
  }

  cpuMs(): number {
    return this.#pids.reduce((sum, pid) => sum + cpuMsOfTree(pid), 0);
  }
}

/** The reason why it failed. */
function install(folder: string): string | undefined {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "installation", private: true }));
  const packages = Object.entries(VERSIONS).map(([name, version]) => `${name}@${version}`);
  const { status, stderr } = spawnSync("npm", ["install", ...NPM_OPTIONS, ...packages], {
    cwd: folder,
    encoding: "utf8",
  });
  return status === 0 ? undefined : `npm install ${packages.join(" ")}: ${firstLine(stderr)}`;
}

interface Ports {
  readonly ingress: number;
  readonly admin: number;
  /** Of the servers among each other. */
  readonly fabric: number;
}

function startServer(folder: string, { ingress, admin, fabric }: Ports): ChildProcess {
  const data = join(folder, "data");
  mkdirSync(data);
  const platform = `@restatedev/restate-server-${process.platform}-${process.arch}`;
  const binary = createRequire(join(folder, "package.json")).resolve(`${platform}/bin/restate-server`);
  return spawn(binary, ["--base-dir", data], {
    env: {
      RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
      RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
      RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
      RESTATE_LOG_FILTER: "error,octocrab=off",
      DO_NOT_TRACK: "1",
    },
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** Makes the service known, when both have started. @throws Error when they have not within 30 s */
async function register(admin: string, uri: string): Promise<void> {
  const untilMs = performance.now() + START_LIMIT_MS;
  for (;;) {
    const response = await postJson(`${admin}/deployments`, { uri }).catch(() => undefined);
    const answer = await response?.text();
    if (response?.ok === true) return;
    if (performance.now() > untilMs) throw new Error(`restate does not serve: ${answer ?? "no answer"}`);
    await delay(systemClock, POLL_MS);
  }
}

function postJson(url: string, body: object): Promise<Response> {
  return fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0] ?? "";
}
