import { systemClock } from "@agent-team/foundation/clock";
import { formatHostPort } from "@agent-team/foundation/host-port";
import { type ChannelOptions, Client, credentials, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { CALL_ID, decodeText, encodeText, READ_PATH, WATCH_PATH, WRITE_PATH } from "../servers/wire.ts";
import { type FaultClient, type Place, type Settle, WRONG_MESSAGE } from "./client.ts";

/** Without options: pick_first. */
export const PICK_FIRST: ChannelOptions = {};

export const ROUND_ROBIN: ChannelOptions = {
  "grpc.service_config": JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
};

/**
 * The best configuration that we know. Keys of outlier detection are in snake_case, and its durations are objects: grpc-js
 * falls back to pick_first for anything else, without a message. Retries are for the idempotent method only.
 */
export const TUNED: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.keepalive_permit_without_calls": 1,
  "grpc.dns_min_time_between_resolutions_ms": 1_000,
  "grpc.service_config": JSON.stringify({
    loadBalancingConfig: [
      {
        outlier_detection: {
          interval: { seconds: 1, nanos: 0 },
          base_ejection_time: { seconds: 5, nanos: 0 },
          max_ejection_time: { seconds: 60, nanos: 0 },
          max_ejection_percent: 50,
          success_rate_ejection: {
            stdev_factor: 1900,
            enforcement_percentage: 100,
            minimum_hosts: 3,
            request_volume: 10,
          },
          failure_percentage_ejection: {
            threshold: 50,
            enforcement_percentage: 100,
            minimum_hosts: 2,
            request_volume: 10,
          },
          child_policy: [{ round_robin: {} }],
        },
      },
    ],
    methodConfig: [
      {
        name: [{ service: READ_PATH.split("/")[1], method: "Read" }],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: "0.025s",
          maxBackoff: "1s",
          backoffMultiplier: 2,
          retryableStatusCodes: ["UNAVAILABLE"],
        },
      },
    ],
    retryThrottling: { maxTokens: 100, tokenRatio: 0.1 },
  }),
};

/** grpc-js with these options. Its generic client, so that no code generation is measured. */
export function createGrpcJsClient(place: Place, options: ChannelOptions): FaultClient {
  const client = new Client(targetOf(place), credentials.createInsecure(), options);
  return {
    unary(method, callId, deadlineMs, settle) {
      const path = method === "read" ? READ_PATH : WRITE_PATH;
      const deadline = systemClock.wallNow() + deadlineMs;
      client.makeUnaryRequest(path, encodeText, decodeText, callId, metadataOf(callId), { deadline }, (error, text) => {
        settle(error === null && text !== callId ? WRONG_MESSAGE : settlementOf(error));
      });
    },
    watch(callId, onMessage, settle) {
      const stream = client.makeServerStreamRequest(WATCH_PATH, encodeText, decodeText, callId, metadataOf(callId));
      stream.on("data", onMessage);
      stream.on("error", () => {}); // `status` says the same
      stream.on("status", ({ code }) => settle({ code, maybeProcessed: false }));
      return () => stream.cancel();
    },
    close: () => client.close(),
  };
}

/** It has no tiers and does not ask Cloud Map's API: it gets all addresses of the tiers, and DNS. */
function targetOf({ discovery, addresses, dnsServer, name, port }: Place): string {
  if (discovery === "addresses" || discovery === "tiers") return `ipv4:${addresses.map(formatHostPort).join(",")}`;
  return `dns://${formatHostPort(dnsServer)}/${name}:${port}`;
}

function metadataOf(callId: string): Metadata {
  const metadata = new Metadata();
  metadata.set(CALL_ID, callId);
  return metadata;
}

/** grpc-js does not say whether a call may have been processed. */
function settlementOf(error: ServiceError | null): Parameters<Settle>[0] {
  return { code: error?.code ?? status.OK, maybeProcessed: false };
}
