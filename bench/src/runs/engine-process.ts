/** The engine as a process, on a Redis of its own, and a client of it. */

import { WorkflowEngineService, type WorkflowSpec } from "@agent-team/contracts";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { RedisServer } from "@agent-team/test-support/redis-server";
import { type Client, createClient } from "@connectrpc/connect";
import { ServiceProcess } from "../service-process.ts";
import { cpuMsOfTree } from "./process-tree.ts";

const ENVIRONMENT = {
  GRPC_HOST: "127.0.0.1",
  GRPC_PORT: "0",
  HEALTH_PORT: "0",
  LAME_DUCK_MS: "0",
  MAX_RUNS_PER_OWNER: "100000",
};

export class EngineProcess implements AsyncDisposable {
  readonly client: Client<typeof WorkflowEngineService>;
  readonly #redis: RedisServer;
  readonly #process: ServiceProcess;
  readonly #channel: Channel;

  private constructor(redis: RedisServer, process: ServiceProcess) {
    this.#redis = redis;
    this.#process = process;
    this.#channel = createChannel(String(process.line["address"]));
    this.client = createClient(WorkflowEngineService, createConnectTransport(this.#channel));
  }

  /** `nodeOptions`: of the engine's process. @throws Error when it ends before it serves */
  static async start(nodeOptions: readonly string[] = []): Promise<EngineProcess> {
    await using resources = new AsyncDisposableStack();
    const redis = resources.use(await RedisServer.start({ args: ["--appendonly", "yes"] }));
    const env = { ...ENVIRONMENT, REDIS_URL: redis.url };
    const engine = await ServiceProcess.start("workflow-engine", { env, ready: "serving", nodeOptions });
    resources.move();
    return new EngineProcess(redis, engine);
  }

  get redisUrl(): string {
    return this.#redis.url;
  }

  get redisPort(): number {
    return this.#redis.port;
  }

  /** `ws://…`, when it was started with `--inspect`. */
  get inspectorUrl(): string | undefined {
    return this.#process.inspectorUrl;
  }

  async store(spec: WorkflowSpec): Promise<string> {
    return (await this.client.createWorkflow({ spec })).workflow?.id ?? "";
  }

  /** Of the engine, its expression processes and Redis. */
  cpuMs(): number {
    return cpuMsOfTree(this.#process.pid) + cpuMsOfTree(this.#redis.pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#channel.close();
    await this.#process[Symbol.asyncDispose]();
    await this.#redis[Symbol.asyncDispose]();
  }
}
