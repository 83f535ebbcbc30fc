/** The engine as a process, on a Redis of its own, and a client of it. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { WorkflowEngineService, type WorkflowSpec } from "@agent-team/contracts";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { RedisServer } from "@agent-team/test-support/redis-server";
import { type Client, createClient } from "@connectrpc/connect";
import { cpuMsOfTree } from "./process-tree.ts";

const MAIN = join(import.meta.dirname, "..", "..", "..", "services", "workflow-engine", "src", "main.ts");
const ENVIRONMENT = {
  GRPC_HOST: "127.0.0.1",
  GRPC_PORT: "0",
  HEALTH_PORT: "0",
  LAME_DUCK_MS: "0",
  MAX_RUNS_PER_OWNER: "100000",
};

export class EngineProcess implements AsyncDisposable {
  readonly client: Client<typeof WorkflowEngineService>;
  /** `ws://…`, when it was started with `--inspect`. */
  readonly inspectorUrl: string | undefined;
  readonly #redis: RedisServer;
  readonly #child: ChildProcess;
  readonly #channel: Channel;

  private constructor(redis: RedisServer, { child, address, inspectorUrl }: Serving) {
    this.#redis = redis;
    this.#child = child;
    this.inspectorUrl = inspectorUrl;
    this.#channel = createChannel(address);
    this.client = createClient(WorkflowEngineService, createConnectTransport(this.#channel));
  }

  /** `nodeOptions`: of the engine's process. @throws Error when it ends before it serves */
  static async start(nodeOptions: readonly string[] = []): Promise<EngineProcess> {
    await using resources = new AsyncDisposableStack();
    const redis = resources.use(await RedisServer.start({ args: ["--appendonly", "yes"] }));
    const serving = await serve(redis.url, nodeOptions);
    resources.move();
    return new EngineProcess(redis, serving);
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  get redisPort(): number {
    return this.#redis.port;
  }

  async store(spec: WorkflowSpec): Promise<string> {
    return (await this.client.createWorkflow({ spec })).workflow?.id ?? "";
  }

  /** Of the engine, its expression processes and Redis. */
  cpuMs(): number {
    return cpuMsOfTree(this.#child.pid ?? 0) + cpuMsOfTree(this.#redis.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL"); // runs may wait for a day
    await exited;
    await this.#redis[Symbol.asyncDispose]();
  }
}

interface Serving {
  readonly child: ChildProcess;
  readonly address: string;
  readonly inspectorUrl: string | undefined;
}

async function serve(redisUrl: string, nodeOptions: readonly string[]): Promise<Serving> {
  const child = spawn(process.execPath, [...process.execArgv, ...nodeOptions, MAIN], {
    env: { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], REDIS_URL: redisUrl, ...ENVIRONMENT },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill); // also when this process ends unexpectedly
  child.once("exit", () => process.off("exit", kill));
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  for await (const line of createInterface({ input: child.stdout })) {
    const { msg, address } = JSON.parse(line) as { readonly msg: string; readonly address?: string };
    if (msg !== "serving" || address === undefined) continue;
    child.stdout.resume(); // further lines are not read
    return { child, address, inspectorUrl: /ws:\S+/.exec(errors)?.[0] };
  }
  throw new Error(`the engine ended before it served: ${errors}`);
}
