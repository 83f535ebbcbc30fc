/** A real gateway on loopback. In place of its two channels: Connect's router with the handlers of a test. */

import { WorkflowAgentService, WorkflowEngineService } from "@agent-team/contracts";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { createIdentitySigner, createLogger } from "@agent-team/grpc-server";
import { createRouterTransport, type ServiceImpl } from "@connectrpc/connect";
import { expect } from "vitest";
import type { Backend } from "../src/clients/backend.ts";
import { createEngineClient } from "../src/clients/engine-client.ts";
import { getWorkflowClient } from "../src/clients/workflow-client.ts";
import { readGatewayConfig } from "../src/config.ts";
import { type GatewayOptions, startGateway } from "../src/gateway.ts";

export interface TestGatewayOptions extends Pick<GatewayOptions, "requestTimeoutMs" | "checkIntervalMs" | "page"> {
  readonly agent?: Partial<ServiceImpl<typeof WorkflowAgentService>>;
  readonly engine?: Partial<ServiceImpl<typeof WorkflowEngineService>>;
  readonly clock?: Clock;
  readonly env?: Readonly<Record<string, string>>;
}

type LogLine = Readonly<Record<string, unknown>>;

export interface TestGateway extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  readonly port: number;
  readonly healthUrl: string;
  /** The parsed lines of the log. */
  readonly log: readonly LogLine[];
  /** Resolves when a line that matches has been written. */
  logged(isIt: (line: LogLine) => boolean): Promise<void>;
  /** Drains and stops, as on SIGTERM. */
  stop(hurry?: AbortSignal): Promise<void>;
}

/** Disposal stops the gateway without a drain, and fails when a backend is left open. */
export async function startTestGateway(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const config = readGatewayConfig({ HTTP_HOST: "127.0.0.1", HTTP_PORT: "0", HEALTH_PORT: "0", ...options.env });
  const log = new TestLog();
  const agent = new TestBackend("agent", (router) => router.service(WorkflowAgentService, options.agent ?? {}));
  const engine = new TestBackend("engine", (router) => router.service(WorkflowEngineService, options.engine ?? {}));
  const identity =
    config.IDENTITY_SECRET === undefined ? undefined : createIdentitySigner(config.IDENTITY_SECRET, systemClock);
  const gateway = await startGateway({
    ...options,
    config,
    logger: createLogger(config, "api-gateway", { destination: log, env: {} }),
    clock: options.clock ?? systemClock,
    workflow: await getWorkflowClient({ backend: agent, identity }),
    engine: createEngineClient({ backend: engine, identity }),
  });
  let stopped: Promise<void> | undefined;
  const stop = (hurry?: AbortSignal): Promise<void> => (stopped ??= gateway.stop(hurry));
  return {
    url: `http://127.0.0.1:${gateway.port}`,
    port: gateway.port,
    healthUrl: `http://127.0.0.1:${gateway.healthPort}`,
    log: log.lines,
    logged: (isIt) => log.logged(isIt),
    stop,
    async [Symbol.asyncDispose]() {
      const hurry = new AbortController();
      const stopping = gateway.stop(hurry.signal);
      hurry.abort();
      await stopping;
      expect([agent.isClosed, engine.isClosed]).toEqual([true, true]);
    },
  };
}

class TestLog {
  readonly lines: LogLine[] = [];
  readonly #watchers = new Set<() => void>();

  write(line: string): void {
    this.lines.push(JSON.parse(line));
    for (const watch of this.#watchers) watch();
  }

  logged(isIt: (line: LogLine) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (!this.lines.some(isIt)) return;
        this.#watchers.delete(watch);
        resolve();
      };
      this.#watchers.add(watch);
      watch();
    });
  }
}

class TestBackend implements Backend {
  readonly transport: Backend["transport"];
  readonly #name: string;
  isClosed = false;

  constructor(name: string, routes: Parameters<typeof createRouterTransport>[0]) {
    this.#name = name;
    this.transport = createRouterTransport(routes);
  }

  /** Emits no events. */
  on(): () => void {
    return () => undefined;
  }

  snapshot(): ReturnType<Backend["snapshot"]> {
    return {
      target: this.#name,
      tiers: [{ name: "env", active: true, standby: false, endpoints: [], ageMs: 5, lastError: undefined }],
      waitingCalls: 0,
      retryBudget: 10,
    };
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }
}
