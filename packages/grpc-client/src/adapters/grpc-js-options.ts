/**
 * The channel options of grpc-js (`grpc.*`), each with what becomes of it. In: the options that a client was made with. Out: options of
 * our channel and of the adapter. No option is passed over in silence: each is honoured, has a counterpart that is ours, acts on
 * nothing here, or is refused by its name. docs/guides/grpc-js.md has the table; a test compares the two.
 */

import type { Compression } from "../compression.ts";
import { invalidArgument } from "../errors.ts";
import type { TlsOptions } from "../transport.ts";
import { healthServiceOf } from "./grpc-js-service-config.ts";

/** What the options of a client ask of the channel that is opened for it. A part of `ChannelOptions`. */
export interface OpenOptions {
  readonly tls?: TlsOptions | undefined;
  readonly authority?: string | undefined;
  readonly keepaliveTimeMs?: number | undefined;
  readonly keepaliveTimeoutMs?: number | undefined;
  readonly maxPingsWithoutData?: number | undefined;
  readonly maxReceiveMessageBytes?: number | undefined;
  readonly maxAttempts?: number | undefined;
  readonly minRefreshMs?: number | undefined;
  readonly healthService?: string | undefined;
  readonly compression?: Compression | undefined;
  readonly proxy?: string | undefined;
}

/** What the options say, while they are read. */
export interface Settings {
  readonly channel: { -readonly [K in Exclude<keyof OpenOptions, "tls" | "proxy">]?: OpenOptions[K] };
  serverName: string | undefined;
  maxSendMessageBytes: number | undefined;
  serviceConfig: string | undefined;
  /** False: proxies of the environment are not meant for the channel. */
  usesProxy: boolean;
  /** The target behind the address of the client, which is then a proxy. */
  connectTarget: string | undefined;
  /** For that proxy: `user:password`. */
  connectCredentials: string | undefined;
}

interface Treatment {
  /**
   * `honoured`: acts as in grpc-js; a value that cannot act is refused. `ours instead`: the channel has another mechanism for the same
   * purpose, which `note` names. `ignored`: nothing here that it could act on.
   */
  readonly kind: "honoured" | "ours instead" | "ignored";
  readonly note: string;
  readonly apply?: (settings: Settings, name: string, value: unknown) => void;
}

const MAX_RECEIVE_BYTES = 1 << 30;
const NEVER_MS = 86_400_000;
const MAX_PINGS = 1_000_000;

export const GRPC_OPTIONS: Readonly<Record<string, Treatment>> = {
  "grpc.ssl_target_name_override": honoured("`tls.serverName`", (settings, name, value) => {
    settings.serverName = text(name, value);
  }),
  "grpc.default_authority": honoured("`authority`", (settings, name, value) => {
    settings.channel.authority = text(name, value);
  }),
  "grpc.keepalive_time_ms": honoured(
    "`keepaliveTimeMs`, 1,000 at least; above a day never",
    (settings, name, value) => {
      const timeMs = number(name, value);
      settings.channel.keepaliveTimeMs = timeMs < 0 || timeMs > NEVER_MS ? Infinity : Math.max(1_000, timeMs);
    },
  ),
  "grpc.keepalive_timeout_ms": honoured("`keepaliveTimeoutMs`, 100 to 60,000", (settings, name, value) => {
    settings.channel.keepaliveTimeoutMs = within(number(name, value), 100, 60_000);
  }),
  "grpc.http2.max_pings_without_data": honoured("`maxPingsWithoutData`; 0 is no limit", (settings, name, value) => {
    const pings = number(name, value);
    settings.channel.maxPingsWithoutData = pings === 0 ? MAX_PINGS : within(Math.trunc(pings), 1, MAX_PINGS);
  }),
  "grpc.max_receive_message_length": honoured("`maxReceiveMessageBytes`; -1 is 1 GiB", (settings, name, value) => {
    const bytes = number(name, value);
    settings.channel.maxReceiveMessageBytes = bytes < 0 ? MAX_RECEIVE_BYTES : within(bytes, 1, MAX_RECEIVE_BYTES);
  }),
  "grpc.max_send_message_length": honoured("`maxSendMessageBytes`; -1 is no limit", (settings, name, value) => {
    const bytes = number(name, value);
    settings.maxSendMessageBytes = bytes < 0 ? undefined : bytes;
  }),
  "grpc.dns_min_time_between_resolutions_ms": honoured("`minRefreshMs`, 100 to 60,000", (settings, name, value) => {
    settings.channel.minRefreshMs = within(number(name, value), 100, 60_000);
  }),
  "grpc.enable_retries": honoured("0: `maxAttempts` is 1", (settings, name, value) => {
    if (number(name, value) === 0) settings.channel.maxAttempts = 1;
  }),
  "grpc.service_config": honoured(
    "`timeout` and `waitForReady` of methods, and `healthCheckConfig`: `healthService`. Balancing, retries and hedging are the channel's own",
    (settings, name, value) => {
      settings.serviceConfig = text(name, value);
      settings.channel.healthService = healthServiceOf(settings.serviceConfig);
    },
  ),
  "grpc.enable_http_proxy": honoured("0: proxies of the environment are left out", (settings, name, value) => {
    settings.usesProxy = number(name, value) !== 0;
  }),
  "grpc.default_compression_algorithm": honoured(
    "`compression`: 0 is identity, 2 gzip; 1 (deflate) is refused",
    (settings, name, value) => {
      const algorithm = number(name, value);
      if (algorithm !== 0 && algorithm !== 2) throw invalidArgument(name, "0 (identity) or 2 (gzip)", value);
      if (algorithm === 2) settings.channel.compression = "gzip";
    },
  ),
  "grpc.http_connect_target": honoured(
    "the client's address is then that of the proxy: `proxy`",
    (settings, name, value) => {
      settings.connectTarget = text(name, value);
    },
  ),
  "grpc.http_connect_creds": honoured("`user:password` for that proxy", (settings, name, value) => {
    settings.connectCredentials = text(name, value);
  }),
  "grpc.keepalive_permit_without_calls": oursInstead(
    "an idle connection is verified before its next call: `idleVerifyMs`",
  ),
  "grpc.initial_reconnect_backoff_ms": oursInstead("backoff with jitter; a waiting call connects at once"),
  "grpc.max_reconnect_backoff_ms": oursInstead("backoff with jitter; a waiting call connects at once"),
  "grpc.per_rpc_retry_buffer_size": oursInstead("1 MiB of a call's requests is kept for retries"),
  "grpc.retry_buffer_size": oursInstead("calls that wait hold at most `maxWaitingBytes`"),
  "grpc-node.retry_max_attempts_limit": oursInstead("`maxAttempts` and the retry budget"),
  "grpc.client_idle_timeout_ms": oursInstead("a channel is never idle: it keeps its connections verified"),
  "grpc.use_local_subchannel_pool": oursInstead("each channel has connections of its own"),
  "grpc-node.flow_control_window": oursInstead("1 MiB for a stream, 4 MiB for a connection"),
  "grpc.max_metadata_size": oursInstead("64 KiB of metadata in each direction"),
  "grpc.primary_user_agent": oursInstead("the user agent is the channel's"),
  "grpc.secondary_user_agent": oursInstead("the user agent is the channel's"),
  "grpc.service_config_disable_resolution": ignored("DNS gives no service config"),
  "grpc.enable_channelz": ignored("`snapshot()` and events of the channel show its state"),
  "grpc.lb.ring_hash.ring_size_cap": ignored("there is no ring hash"),
  "grpc-node.tls_enable_trace": ignored("`NODE_DEBUG=tls` traces"),
  "grpc-node.max_session_memory": ignored("a limit of servers"),
  "grpc.max_concurrent_streams": ignored("an option of servers"),
  "grpc.max_connection_age_ms": ignored("an option of servers"),
  "grpc.max_connection_age_grace_ms": ignored("an option of servers"),
  "grpc.max_connection_idle_ms": ignored("an option of servers"),
  "grpc.http2.min_time_between_pings_ms": ignored("grpc-js has none; NestJS passes it"),
  "grpc.http2.min_ping_interval_without_data_ms": ignored("an option of servers"),
  "grpc.http2.max_ping_strikes": ignored("an option of servers"),
  "grpc.server_call_metric_recording": ignored("an option of servers"),
};

/**
 * Reads the options of a client. Those that are not `grpc.*` or `grpc-node.*` are the client's own. `onUnknown` gets the names that no
 * row knows: a later grpc-js may have more.
 * @throws ChannelError `invalid_argument` for an option that is refused, with its name.
 */
export function readGrpcOptions(
  options: Readonly<Record<string, unknown>>,
  onUnknown: (name: string) => void,
): Settings {
  const settings: Settings = {
    channel: {},
    serverName: undefined,
    maxSendMessageBytes: undefined,
    serviceConfig: undefined,
    usesProxy: true,
    connectTarget: undefined,
    connectCredentials: undefined,
  };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || !/^grpc(?:-node)?\./.test(name)) continue;
    const treatment = Object.hasOwn(GRPC_OPTIONS, name) ? GRPC_OPTIONS[name] : undefined;
    if (treatment === undefined) onUnknown(name);
    else treatment.apply?.(settings, name, value);
  }
  return settings;
}

function honoured(note: string, apply: Treatment["apply"] & object): Treatment {
  return { kind: "honoured", note, apply };
}

function oursInstead(note: string): Treatment {
  return { kind: "ours instead", note };
}

function ignored(note: string): Treatment {
  return { kind: "ignored", note };
}

/** Where a client of `address` connects: itself or, with `grpc.http_connect_target`, the target behind it. */
export function wayTo(
  address: string,
  { usesProxy, connectTarget, connectCredentials = "" }: Settings,
): { readonly target: string; readonly proxy: string | undefined } {
  if (connectTarget === undefined) return { target: address, proxy: usesProxy ? "environment" : undefined };
  const credentials = connectCredentials.split(":").map(encodeURIComponent).join(":");
  const proxy = address.replace(/^dns:(\/\/\/)?/i, "");
  return { target: connectTarget, proxy: `http://${credentials === "" ? "" : `${credentials}@`}${proxy}` };
}

function text(name: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw invalidArgument(name, "text", value);
}

function number(name: string, value: unknown): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw invalidArgument(name, "a number", value);
}

function within(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
