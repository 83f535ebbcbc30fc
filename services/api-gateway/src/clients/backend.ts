import { type Channel, type ChannelOptions, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport, type ResumableMethod } from "@agent-team/grpc-client/connect";
import { type Environment, type IdentitySigner, readTarget, readTls } from "@agent-team/grpc-server";
import type { Transport } from "@connectrpc/connect";

/** A channel, to read only: its events, and a snapshot of its tiers and endpoints. */
export type ChannelView = Pick<Channel, "on" | "snapshot">;

/** A service behind the gateway: the transport of its calls, and a view of the channel below. */
export interface Backend extends ChannelView {
  readonly transport: Transport;
  /** Resolves when the last connection is closed. */
  close(): Promise<void>;
}

export interface ClientOptions {
  /** The variables of the channel are read from here. Default: the process environment. */
  readonly env?: Environment | undefined;
  /** Calls go here instead of over a channel, and no variable is read. For tests. */
  readonly backend?: Backend | undefined;
  /**
   * Signs the caller's identity for each call; every call then needs a caller. Services with IDENTITY_SECRET require it.
   * Default: none, and calls carry no identity.
   */
  readonly identity?: IdentitySigner | undefined;
}

/** How a service is called. */
export interface CallRules {
  /** Streams that go on after their server is lost. Default: none. */
  readonly resumable?: readonly ResumableMethod[] | undefined;
  /** Of the channel. Default: its own. */
  readonly channel?: Pick<ChannelOptions, "firstByteTimeoutMs" | "idleTimeoutMs"> | undefined;
}

/**
 * Opens the channel that the variables `{prefix}_HOST`, `{prefix}_LB_ENDPOINT`, `{prefix}_DNS_NAME` … and `{prefix}_TLS_…` describe.
 * @throws ConfigError with one line, which names the wrong variable
 */
export function openBackend(
  prefix: string,
  defaultPort: number,
  { backend, env = process.env }: ClientOptions,
  rules: CallRules = {},
): Backend {
  if (backend !== undefined) return backend;
  const channel = createChannel(readTarget(prefix, env, defaultPort), {
    ...rules.channel,
    tls: readTls(prefix, env),
    // Our servers push back before a handler starts, and never later.
    pushbackBeforeHandler: true,
  });
  return {
    transport: createConnectTransport(channel, { resumable: rules.resumable }),
    on: (listener) => channel.on(listener),
    snapshot: () => channel.snapshot(),
    close: () => channel.close(),
  };
}
