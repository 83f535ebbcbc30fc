import { type Channel, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { type Environment, readTarget } from "@agent-team/grpc-server";
import type { Transport } from "@connectrpc/connect";

/** A channel for those who only look: its tiers and endpoints at this moment, and what happens to them. */
export type ChannelView = Pick<Channel, "on" | "snapshot">;

/** A service behind the gateway: how it is called, and what is known about the way to it. */
export interface Backend extends ChannelView {
  readonly transport: Transport;
  /** Resolves when the last connection is closed. */
  close(): Promise<void>;
}

/**
 * Opens the channel that the variables `{prefix}_HOST`, `{prefix}_LB_ENDPOINT`, `{prefix}_DNS_NAME` … describe.
 * @throws ConfigError of one line that names the wrong variable
 */
export function openBackend(prefix: string, env: Environment, defaultPort: number): Backend {
  const channel = createChannel(readTarget(prefix, env, defaultPort));
  return {
    transport: createConnectTransport(channel),
    on: (listener) => channel.on(listener),
    snapshot: () => channel.snapshot(),
    close: () => channel.close(),
  };
}
