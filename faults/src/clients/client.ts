/** One gRPC client under measurement. All of them send the same bytes. */

import type { HostPort } from "@agent-team/foundation/host-port";
import type { ChannelOptions } from "@agent-team/grpc-client";

export const CLIENTS = [
  "ours",
  "ours over node:http2",
  "grpc-js pick_first",
  "grpc-js round_robin",
  "grpc-js tuned",
] as const;
export type ClientName = (typeof CLIENTS)[number];

/** Whether it has to keep the oracles. */
export function isOurs(client: ClientName): boolean {
  return client.startsWith("ours");
}

/** How the hosts are found. Each client reads the part of it that it can use. */
export interface Place {
  readonly discovery: "addresses" | "dns" | "cloud-map" | "tiers";
  /** All hosts that are listed at the start, in order. Of `tiers`, those of the first tier come first. */
  readonly addresses: readonly HostPort[];
  /** Of `tiers`: the hosts of the first tier. DNS has the others. */
  readonly first: readonly HostPort[];
  readonly dnsServer: HostPort;
  readonly name: string;
  readonly port: number;
  /** `ZONE_CIDRS`, and the zone of the client. */
  readonly zones: { readonly cidrs: string; readonly own: string } | undefined;
}

/** How a call ended. `code` is the number of the gRPC status; -1: OK with another message than the request's. */
export interface Settlement {
  readonly code: number;
  readonly maybeProcessed: boolean;
}

export type Settle = (settlement: Settlement) => void;

export interface FaultClient {
  unary(method: "read" | "write", callId: string, deadlineMs: number, settle: Settle): void;
  /** Returns the function that cancels the stream. */
  watch(callId: string, onMessage: () => void, settle: Settle): () => void;
  close(): void | Promise<void>;
}

/** `ourOptions` is for our client only. */
export type FaultClientFactory = (place: Place, ourOptions: ChannelOptions | undefined) => FaultClient;

export const WRONG_MESSAGE: Settlement = { code: -1, maybeProcessed: false };
