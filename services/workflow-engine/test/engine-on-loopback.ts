import { WorkflowEngineService } from "@agent-team/contracts";
import { type Clock, systemClock } from "@agent-team/foundation/clock";
import { systemRandom } from "@agent-team/foundation/random";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createIdentitySigner, createLogger, IDENTITY_HEADER, serve } from "@agent-team/grpc-server";
import { InProcessJournal, type Journal } from "@agent-team/journal";
import { type Client, createClient, type Interceptor } from "@connectrpc/connect";
import { onTestFinished } from "vitest";
import { approvalLinksOf, ownerLimitsOf, readEngineConfig, secretsOf } from "../src/config.ts";
import { createEngine, type Engine, type EngineOptions } from "../src/engine.ts";
import { openModelsOf } from "../src/models/open-models.ts";

export type EngineClient = Client<typeof WorkflowEngineService>;

export interface EngineOnLoopbackOptions {
  /** May be shared by several engines. Default: a new one. */
  readonly journal?: Journal;
  readonly clock?: Clock;
  /** HTTP_ALLOW_HOSTS. */
  readonly allowHosts?: string;
  /** Further variables of the engine. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gets the lines of the log. Default: they are written to standard output. */
  readonly onLogLine?: (line: string) => void;
  readonly onStoreFull?: EngineOptions["onStoreFull"];
}

/** A real engine on a loopback port, and a client of it. Both end with the test, after the runs. */
export async function engineOnLoopback(options: EngineOnLoopbackOptions = {}): Promise<EngineClient> {
  const { connect } = await startEngine(options, {});
  return connect([]);
}

/** An engine, and a client of it. */
export interface Instance {
  readonly client: EngineClient;
  readonly engine: Engine;
  /** Ends both before the test ends. */
  close(): Promise<void>;
}

/** As `engineOnLoopback`, for tests that call the engine itself. */
export async function instance(options: EngineOnLoopbackOptions): Promise<Instance> {
  const { connect, engine, close } = await startEngine(options, {});
  return { client: connect([]), engine, close };
}

/** An engine that requires an identity, and a function that makes its clients: for a subject, or without an identity. */
export async function engineWithCallers(
  options: EngineOnLoopbackOptions = {},
): Promise<(subject?: string) => EngineClient> {
  const { connect, signedFor } = await startEngine(options, {
    IDENTITY_SECRET: "a-secret-of-32-bytes-or-more-for-tests",
  });
  return (subject) => connect(subject === undefined ? [] : [signedFor(subject)]);
}

async function startEngine(
  options: EngineOnLoopbackOptions,
  env: Readonly<Record<string, string>>,
): Promise<{
  connect(interceptors: readonly Interceptor[]): EngineClient;
  signedFor(subject: string): Interceptor;
  readonly engine: Engine;
  close(): Promise<void>;
}> {
  const { journal = new InProcessJournal(), clock = systemClock, allowHosts = "", onLogLine } = options;
  const config = readEngineConfig({
    GRPC_HOST: "127.0.0.1",
    GRPC_PORT: "0",
    HEALTH_PORT: "0",
    LAME_DUCK_MS: "0",
    HTTP_ALLOW_HOSTS: allowHosts,
    LOG_LEVEL: "error",
    ...options.env,
    ...env,
  });
  const destination = onLogLine && { write: onLogLine };
  const logger = createLogger(config, "workflow-engine", { destination });
  const limits = ownerLimitsOf(config);
  const { askModels } = await openModelsOf(config, { clock, random: systemRandom, logger });
  const engine = createEngine({
    journal,
    clock,
    random: systemRandom,
    logger,
    allowHosts: config.HTTP_ALLOW_HOSTS,
    limits,
    askModels,
    approvalLinks: approvalLinksOf(config),
    secrets: secretsOf(config),
    onStoreFull: options.onStoreFull,
  });
  const server = await serve({ config, logger, services: [engine.service], audience: "workflow-engine" });
  const channel = createChannel(`127.0.0.1:${server.port}`);
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= end());
  onTestFinished(close);
  return {
    engine,
    close,
    connect: (interceptors) => createClient(WorkflowEngineService, createConnectTransport(channel, { interceptors })),
    signedFor(subject) {
      if (config.IDENTITY_SECRET === undefined) throw new Error("this engine requires no identity");
      const signer = createIdentitySigner(config.IDENTITY_SECRET, systemClock);
      return (next) => (request) => {
        request.header.set(IDENTITY_HEADER, signer.sign({ subject, scopes: [] }, "workflow-engine", 10_000));
        return next(request);
      };
    },
  };
  async function end(): Promise<void> {
    await channel.close();
    await server.close();
    await engine.close();
  }
}
