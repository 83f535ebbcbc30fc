/**
 * The options of a server of grpc-js (`grpc.*`), each with what becomes of it. In: the options that a server was made with. Out:
 * settings of ours. No option is passed over in silence: each is honoured, has a counterpart that is ours, acts on nothing here, or is
 * refused by its name. docs/guides/grpc-js.md has the table; a test compares the two.
 */

/** What the options of a server ask for. */
export interface ServerSettings {
  maxReceiveMessageBytes: number;
  maxSendMessageBytes: number;
  maxConcurrentStreams: number | undefined;
  maxConnectionAgeMs: number;
  maxConnectionAgeGraceMs: number;
  maxConnectionIdleMs: number;
  keepaliveTimeMs: number;
  keepaliveTimeoutMs: number;
}

interface Treatment {
  /**
   * `honoured`: acts as in grpc-js; a value that cannot act is refused. `ours instead`: the server has another mechanism for the same
   * purpose, which `note` names. `ignored`: nothing here that it could act on. `refused`: the server is not made.
   */
  readonly kind: "honoured" | "ours instead" | "ignored" | "refused";
  readonly note: string;
  readonly apply?: (settings: ServerSettings, value: number) => void;
}

/** As grpc-js. */
const DEFAULT_RECEIVE_BYTES = 4 * 1_024 * 1_024;
const DEFAULT_KEEPALIVE_TIMEOUT_MS = 20_000;

/** For "no limit": a larger message would not fit in a `Buffer`'s pool of strings, and never came from an honest client. */
const MAX_RECEIVE_BYTES = 1 << 30;

/** grpc-js takes the largest number of 31 bits for "never". */
const NEVER_MS = 0x7fff_ffff;

/** Each connection is looked at once in its idle time: a timer that fires all the time would cost more than the connection. */
const MIN_IDLE_MS = 100;

export const GRPC_SERVER_OPTIONS: Readonly<Record<string, Treatment>> = {
  "grpc.max_receive_message_length": honoured("default 4 MiB; -1 is 1 GiB", (settings, value) => {
    settings.maxReceiveMessageBytes = value < 0 ? MAX_RECEIVE_BYTES : Math.min(value, MAX_RECEIVE_BYTES);
  }),
  "grpc.max_send_message_length": honoured("-1, the default, is no limit", (settings, value) => {
    settings.maxSendMessageBytes = value < 0 ? Number.POSITIVE_INFINITY : value;
  }),
  "grpc.max_concurrent_streams": honoured("of one connection; default 4,096", (settings, value) => {
    settings.maxConcurrentStreams = value;
  }),
  "grpc.max_connection_age_ms": honoured("with 10 % of jitter; the default is no limit", (settings, value) => {
    settings.maxConnectionAgeMs = untilNever(value);
  }),
  "grpc.max_connection_age_grace_ms": honoured("the default is no limit", (settings, value) => {
    settings.maxConnectionAgeGraceMs = untilNever(value);
  }),
  "grpc.max_connection_idle_ms": honoured(
    "100 at least; it ends a connection after up to twice the time; the default is no limit",
    (settings, value) => {
      settings.maxConnectionIdleMs = Math.max(MIN_IDLE_MS, untilNever(value));
    },
  ),
  "grpc.keepalive_time_ms": honoured("the default is no PINGs", (settings, value) => {
    settings.keepaliveTimeMs = value <= 0 ? Number.POSITIVE_INFINITY : untilNever(value);
  }),
  "grpc.keepalive_timeout_ms": honoured("default 20,000", (settings, value) => {
    settings.keepaliveTimeoutMs = value;
  }),
  "grpc.max_metadata_size": oursInstead("16 KiB of metadata of a request, 60 KiB of a response"),
  "grpc.keepalive_permit_without_calls": oursInstead("PINGs of clients are answered, below 1,000 a second"),
  "grpc.http2.min_time_between_pings_ms": oursInstead("PINGs of clients are answered, below 1,000 a second"),
  "grpc.http2.min_ping_interval_without_data_ms": oursInstead("PINGs of clients are answered, below 1,000 a second"),
  "grpc.http2.max_ping_strikes": oursInstead("PINGs of clients are answered, below 1,000 a second"),
  "grpc.http2.max_pings_without_data": oursInstead("PINGs of clients are answered, below 1,000 a second"),
  "grpc-node.flow_control_window": oursInstead("1 MiB for a stream, 4 MiB for a connection"),
  "grpc-node.max_session_memory": oursInstead("each limit of a connection bounds its memory"),
  "grpc.enable_channelz": ignored("there is no channelz"),
  "grpc-node.tls_enable_trace": ignored("`NODE_DEBUG=tls` traces"),
  "grpc.default_compression_algorithm": ignored("responses are not compressed, as by grpc-js"),
  "grpc.server_call_metric_recording": refused("metrics of calls (gRFC A51) are not built", (value) => value !== 0),
};

/** Options of channels, which grpc-js's type admits for servers. */
const OF_CHANNELS = [
  "grpc.ssl_target_name_override",
  "grpc.primary_user_agent",
  "grpc.secondary_user_agent",
  "grpc.default_authority",
  "grpc.service_config",
  "grpc.initial_reconnect_backoff_ms",
  "grpc.max_reconnect_backoff_ms",
  "grpc.use_local_subchannel_pool",
  "grpc.enable_http_proxy",
  "grpc.http_connect_target",
  "grpc.http_connect_creds",
  "grpc.dns_min_time_between_resolutions_ms",
  "grpc.enable_retries",
  "grpc.per_rpc_retry_buffer_size",
  "grpc.retry_buffer_size",
  "grpc.service_config_disable_resolution",
  "grpc.client_idle_timeout_ms",
  "grpc.lb.ring_hash.ring_size_cap",
  "grpc-node.retry_max_attempts_limit",
];

export const CHANNEL_OPTIONS: ReadonlySet<string> = new Set(OF_CHANNELS);

/**
 * Reads the options of a server. `onUnknown` gets the names that no row knows: a later grpc-js may have more.
 * @throws Error for an option that is refused or is no number, with its name
 */
export function readServerOptions(
  options: Readonly<Record<string, unknown>>,
  onUnknown: (name: string) => void,
): ServerSettings {
  const settings: ServerSettings = {
    maxReceiveMessageBytes: DEFAULT_RECEIVE_BYTES,
    maxSendMessageBytes: Number.POSITIVE_INFINITY,
    maxConcurrentStreams: undefined,
    maxConnectionAgeMs: Number.POSITIVE_INFINITY,
    maxConnectionAgeGraceMs: Number.POSITIVE_INFINITY,
    maxConnectionIdleMs: Number.POSITIVE_INFINITY,
    keepaliveTimeMs: Number.POSITIVE_INFINITY,
    keepaliveTimeoutMs: DEFAULT_KEEPALIVE_TIMEOUT_MS,
  };
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined || value === null || !/^grpc(?:-node)?\./.test(name) || CHANNEL_OPTIONS.has(name)) continue;
    const treatment = Object.hasOwn(GRPC_SERVER_OPTIONS, name) ? GRPC_SERVER_OPTIONS[name] : undefined;
    if (treatment === undefined) onUnknown(name);
    else treatment.apply?.(settings, numberOf(name, value));
  }
  return settings;
}

function numberOf(name: string, value: unknown): number {
  if (typeof value === "number" && !Number.isNaN(value)) return value;
  throw new Error(
    `${name}: expected a number, got ${typeof value === "string" ? JSON.stringify(value) : String(value)}`,
  );
}

function untilNever(ms: number): number {
  return ms >= NEVER_MS ? Number.POSITIVE_INFINITY : Math.max(0, ms);
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

function refused(note: string, isMeant: (value: number) => boolean): Treatment {
  return {
    kind: "refused",
    note,
    apply: (_settings, value) => {
      if (isMeant(value)) throw new Error(`grpc.server_call_metric_recording: ${note}`);
    },
  };
}
