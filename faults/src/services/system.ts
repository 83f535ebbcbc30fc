/** The whole system on a local cloud of its own, over one store. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTeamServices, type LocalCloud, startLocalCloud, type TaskDescription } from "@agent-team/local-cloud";
import { RedisServer, whyNoRedisServer } from "@agent-team/test-support/redis-server";
import type { Topology } from "./scenario.ts";

/** `journal`: that of the local cloud, over its socket. */
export const STORES = ["journal", "redis"] as const;
export type Store = (typeof STORES)[number];

/** Why this store cannot be had here; undefined when it can. */
export function whyNot(store: Store): string | undefined {
  return store === "redis" ? whyNoRedisServer : undefined;
}

/** One owner has all conversations and runs of a case. */
const ROOM = {
  MAX_CONVERSATIONS_PER_OWNER: "100000",
  MAX_CONVERSATION_MIB_PER_OWNER: "1024",
  MAX_CONNECTIONS_PER_ADDRESS: "4096",
};

const VPC = "127.60.0.0/16";

export class System implements AsyncDisposable {
  readonly cloud: LocalCloud;
  /** Of the published gateway. */
  readonly url: string;
  /** Of the running system; undefined over the journal. */
  readonly redis: RedisServer | undefined;
  readonly #logFolder: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    cloud: LocalCloud,
    redis: RedisServer | undefined,
    logFolder: string,
    resources: AsyncDisposableStack,
  ) {
    this.cloud = cloud;
    this.#logFolder = logFolder;
    this.url = cloud.url as string;
    this.redis = redis;
    this.#resources = resources;
  }

  static async start(
    store: Store,
    { agents, environment, gateways = 1, engines = 1 }: Topology,
    signal: AbortSignal,
  ): Promise<System> {
    await using resources = new AsyncDisposableStack();
    const redis =
      store === "redis" ? resources.use(await RedisServer.start({ args: ["--appendonly", "yes"] })) : undefined;
    const logFolder = await mkdtemp(join(tmpdir(), "agent-team-faults-"));
    resources.defer(() => rm(logFolder, { recursive: true, force: true }));
    const desired: Readonly<Record<string, number>> = { "api-gateway": gateways, "workflow-engine": engines };
    const services = agentTeamServices({ agents, environment: { ...ROOM, ...environment } }).map((each) => ({
      ...each,
      desired: desired[each.name] ?? each.desired,
    }));
    const cloud = await startLocalCloud({
      vpc: VPC,
      publishedPort: 0,
      apiPort: 0,
      speed: 10,
      logFolder,
      services,
      redisUrl: redis?.url,
      signal,
    });
    resources.use(cloud);
    return new System(cloud, redis, logFolder, resources.move());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources.disposeAsync();
  }

  /** What a task has written so far. */
  logOf(service: string, { id }: TaskDescription): Promise<string> {
    return readFile(join(this.#logFolder, service, service, `${id}.log`), "utf8");
  }

  /** The task of the service that has a call under way. @throws Error when no task has one */
  async busyTask(service: string): Promise<TaskDescription> {
    for (const task of this.cloud.tasks(service)) {
      const metrics = await (await fetch(`http://${task.host}:${task.healthPort}/metrics`)).text();
      if (/^grpc_server_in_flight [1-9]/m.test(metrics)) return task;
    }
    throw new Error(`expected a ${service} with a call under way`);
  }
}
