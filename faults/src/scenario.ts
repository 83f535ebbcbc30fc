/**
 * A scenario as data: which hosts there are, which load runs, what breaks when, and which target our client has.
 * `run/` reads it. It holds no code.
 */

import type { ChannelOptions } from "@agent-team/grpc-client";
import type { ClientName } from "./clients/client.ts";
import type { DnsBehaviour } from "./network/dns-server.ts";
import type { ProxyFault } from "./network/proxy-fault.ts";
import type { Manner } from "./servers/manner.ts";

export interface Scenario {
  readonly slug: string;
  /** The fault in one sentence. */
  readonly fault: string;
  /** Our target, as fault-tolerance rules state it. It is printed beside the figures. */
  readonly target: string;
  readonly cases: readonly Case[];
  /** After the cases: so many generated exchanges of our client with a server that breaks the protocol. */
  readonly generated?: { readonly name: string; readonly exchanges: number } | undefined;
  /** Not part of `all`. */
  readonly isApart?: boolean;
  /** Default: all of them. */
  readonly clients?: readonly ClientName[];
  /** The times of `--full`. Default: 10, 20, 40 and 60 s. */
  readonly fullTimes?: Times;
}

/** One topology under one load. Each client runs it once per repeat. */
export interface Case {
  readonly name: string;
  readonly topology: Topology;
  readonly load: Load;
  readonly times: Times;
  readonly steps: readonly Step[];
  /** The hosts with the fault. Their share of the attempts is measured. Numbers of hosts, from 0. */
  readonly faulty: readonly number[];
  /** Options of our client other than the defaults. They are printed. */
  readonly ourOptions?: ChannelOptions;
}

export interface Topology {
  readonly hosts: number;
  /** Hosts that exist and are not listed at the start. Their numbers follow those of `hosts`. */
  readonly spare?: number;
  /** How the clients find them. `tiers`: the hosts of `tiers[0]` first; grpc-js gets all of them in this order. */
  readonly discovery: "addresses" | "dns" | "cloud-map" | "tiers";
  /** Hosts of each tier, for `tiers`. */
  readonly tiers?: readonly (readonly number[])[];
  /** Hosts that are listed and do not run: nothing listens there. */
  readonly down?: readonly number[];
  /** Hosts that are listed and answer no SYN, as the address of a task that is gone. */
  readonly blackHoles?: readonly number[];
  /** A TCP proxy stands in front of each host. */
  readonly proxied?: boolean;
  /** Availability zones, given to hosts in turns. The client is in the first one. */
  readonly zones?: number;
  /** Hosts that share one process. Default 1. For topologies with many hosts. */
  readonly hostsPerProcess?: number;
  /** Hosts are our own server, with these times of its drain on SIGTERM. Default: the plain one, with scripted manners. */
  readonly drain?: { readonly lameDuckMs: number; readonly stopTimeoutMs: number };
}

export interface Load {
  /** Unary calls a second, at exponentially distributed intervals. */
  readonly rps: number;
  /** What a server takes for one call, in ms. */
  readonly serviceMs: number;
  /** The share of calls that are not idempotent. */
  readonly writes: number;
  readonly streams: number;
  readonly deadlineMs: number;
  /** No call starts between the fault and this many ms later. */
  readonly pauseMs?: number;
  /** Multiplies the rate while the fault lasts. Default 1. */
  readonly surge?: number;
}

/** Milliseconds since the load began. */
export interface Times {
  /** Until then nothing is measured. */
  readonly warmMs: number;
  readonly faultMs: number;
  readonly healMs: number;
  readonly endMs: number;
}

export interface Step {
  /** `start`: before the client exists. */
  readonly at: "start" | "fault" | "heal";
  /** Later than `at`. Default 0. */
  readonly plusMs?: number;
  /** Repeats until the next mark: from `fault` to `heal`, from `heal` to the end. */
  readonly everyMs?: number;
  readonly action: Action;
}

export type Action =
  /** From now on the hosts answer in this manner. */
  | { readonly kind: "manner"; readonly hosts: readonly number[]; readonly manner: Manner }
  | { readonly kind: "signal"; readonly hosts: readonly number[]; readonly signal: NodeJS.Signals }
  /** Starts the hosts' processes again, at the same addresses. */
  | { readonly kind: "restart"; readonly hosts: readonly number[] }
  /** Sends GOAWAY on each connection. */
  | { readonly kind: "goaway"; readonly hosts: readonly number[] }
  /** From now on the proxies of the hosts have this fault. */
  | { readonly kind: "proxy"; readonly hosts: readonly number[]; readonly fault: ProxyFault }
  /** From now on discovery lists these hosts. */
  | { readonly kind: "list"; readonly hosts: readonly number[] }
  | { readonly kind: "dns"; readonly behaviour: DnsBehaviour }
  /** In the process of the client. */
  | { readonly kind: "client"; readonly fault: ClientFault };

/**
 * `block`: its event loop stands still for so long. `clock`: the wall clock jumps by so much from the real time.
 * `descriptors`: it opens files until none can be opened; `release` closes them.
 */
export type ClientFault =
  | { readonly kind: "block"; readonly ms: number }
  | { readonly kind: "clock"; readonly byMs: number }
  | { readonly kind: "descriptors" }
  | { readonly kind: "release" };
