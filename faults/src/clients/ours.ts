import { formatHostPort } from "@agent-team/foundation/host-port";
import {
  type CallSink,
  type Channel,
  type ChannelError,
  type ChannelOptions,
  type ClientCall,
  createChannel,
  Metadata,
  type Method,
  type Target,
  targetFromEnvironment,
} from "@agent-team/grpc-client";
import { CALL_ID, decodeText, encodeText, READ_PATH, WATCH_PATH, WRITE_PATH } from "../servers/wire.ts";
import { type FaultClient, type Place, type Settle, WRONG_MESSAGE } from "./client.ts";

/** The defaults. */
export const OUR_OPTIONS: ChannelOptions = {};
export const OVER_NODE_HTTP2: ChannelOptions = { transport: "node:http2" };

const READ: Method = { path: READ_PATH, unaryRequest: true, unaryResponse: true, idempotent: true };
const WRITE: Method = { ...READ, path: WRITE_PATH, idempotent: false };
const WATCH: Method = { ...READ, path: WATCH_PATH, unaryResponse: false };

/** Our channel with its defaults and the options of the case. Calls in bytes, as an adapter makes them. */
export function createOurClient(place: Place, options: ChannelOptions = {}): FaultClient {
  const zone = place.zones?.own;
  const channel = createChannel(targetOf(place), { ...OUR_OPTIONS, ...options, ...(zone !== undefined && { zone }) });
  return {
    unary: (method, callId, timeoutMs, settle) =>
      void start(channel, method === "read" ? READ : WRITE, callId, { timeoutMs }, new UnarySink(callId, settle)),
    watch(callId, onMessage, settle) {
      const call = start(channel, WATCH, callId, {}, new StreamSink(onMessage, settle));
      return () => call.cancel();
    },
    close: () => channel.close(),
  };
}

/** The same over Node's HTTP/2. */
export function createOverNodeHttp2(place: Place, options: ChannelOptions = {}): FaultClient {
  return createOurClient(place, { ...options, ...OVER_NODE_HTTP2 });
}

function start(
  channel: Channel,
  method: Method,
  callId: string,
  options: { timeoutMs?: number },
  sink: CallSink,
): ClientCall {
  const call = channel.call(method, { ...options, metadata: Metadata.from([[CALL_ID, callId]]) }, sink);
  call.send(encodeText(callId), true);
  call.start();
  return call;
}

/** The variables that an ECS task would have. */
function targetOf({ discovery, addresses, first, dnsServer, name, port, zones }: Place): Target {
  const hosts = discovery === "addresses" ? addresses : first;
  return targetFromEnvironment(
    "FAULTS",
    {
      ...(discovery !== "dns" && discovery !== "cloud-map" && { FAULTS_HOST: hosts.map(formatHostPort).join(",") }),
      ...(discovery === "cloud-map" && { FAULTS_CLOUD_MAP: "faults.local/service" }),
      ...((discovery === "dns" || discovery === "tiers") && { FAULTS_DNS_NAME: `${name}:${port}` }),
      DNS_SERVER: formatHostPort(dnsServer),
      ...(zones !== undefined && { ZONE_CIDRS: zones.cidrs }),
    },
    { defaultPort: port },
  );
}

class UnarySink implements CallSink {
  readonly #callId: string;
  readonly #settle: Settle;
  #text: string | undefined;

  constructor(callId: string, settle: Settle) {
    this.#callId = callId;
    this.#settle = settle;
  }

  onHeaders(): void {}
  onDrain(): void {}

  onMessage(message: Uint8Array): void {
    this.#text = decodeText(message);
  }

  onEnd(error: ChannelError | undefined): void {
    if (error === undefined && this.#text !== this.#callId) return this.#settle(WRONG_MESSAGE);
    this.#settle({ code: error?.code ?? 0, maybeProcessed: error?.maybeProcessed ?? false });
  }
}

class StreamSink implements CallSink {
  readonly onMessage: () => void;
  readonly #settle: Settle;

  constructor(onMessage: () => void, settle: Settle) {
    this.onMessage = onMessage;
    this.#settle = settle;
  }

  onHeaders(): void {}
  onDrain(): void {}

  onEnd(error: ChannelError | undefined): void {
    this.#settle({ code: error?.code ?? 0, maybeProcessed: false });
  }
}
