import { WorkflowEngineService } from "@agent-team/contracts";
import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { type Environment, readTarget, readTls } from "@agent-team/grpc-server";
import { createClient } from "@connectrpc/connect";
import type { EngineClient } from "./validate.ts";

const PREFIX = "WORKFLOW_ENGINE";
const ENGINE_PORT = 50050;

/**
 * Opens the channel to the engine from the `WORKFLOW_ENGINE_*` variables. It stays open until the process ends.
 * An engine that does not answer is not an error here.
 * @throws ConfigError of one line when a variable is wrong
 */
export function openEngineChannel(env: Environment): Channel {
  // Our servers push back before a handler starts, and never later.
  return createChannel(readTarget(PREFIX, env, ENGINE_PORT), {
    tls: readTls(PREFIX, env),
    pushbackBeforeHandler: true,
  });
}

/** The engine at the other end of a channel. */
export function engineOver(channel: Channel): EngineClient {
  // A turn runs on when the caller leaves whose call has begun it.
  return createClient(WorkflowEngineService, createConnectTransport(channel, { inheritsInbound: false }));
}
