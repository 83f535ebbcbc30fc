/** A peer: a policy of another client, and outlier detection if wanted, over endpoints that are always connected. It retries where calls may be repeated. */

import { endpointKey } from "@agent-team/grpc-client";
import { OutlierDetection, type OutlierDetectionConfig } from "../peers/outlier-detection.ts";
import { type CreatePeerPolicy, PeerEndpoint, type PeerPolicy } from "../peers/peer.ts";
import { A6_EXAMPLE, RetryPolicy } from "../peers/retry-policy.ts";
import type { Call } from "../world/calls.ts";
import type { Client } from "../world/client.ts";
import type { Request } from "../world/host.ts";
import { type Server, send, type World } from "../world/world.ts";

export interface PeerClientOptions {
  /** Tells clients apart: each has its own dice. */
  readonly index: number;
  readonly zone: string | undefined;
  /** Whether calls may be repeated. */
  readonly idempotent: boolean;
  readonly createPolicy: CreatePeerPolicy;
  readonly outlierDetection: OutlierDetectionConfig | undefined;
}

export class PeerClient implements Client {
  readonly #world: World;
  readonly #zone: string | undefined;
  readonly #policy: PeerPolicy;
  readonly #retry: RetryPolicy | undefined;
  readonly #outliers: OutlierDetection | undefined;
  #endpoints = new Map<string, PeerEndpoint>();
  /** Those that are not ejected. */
  #usable: readonly PeerEndpoint[] = [];

  constructor(world: World, { index, zone, idempotent, createPolicy, outlierDetection }: PeerClientOptions) {
    this.#world = world;
    this.#zone = zone;
    this.#policy = createPolicy(world.randomFor(`peer ${index}`));
    this.#retry = idempotent ? new RetryPolicy(A6_EXAMPLE, world.randomFor(`retries ${index}`)) : undefined;
    if (outlierDetection !== undefined)
      this.#outliers = new OutlierDetection(outlierDetection, world.time, () => this.#refilter());
  }

  get ejections(): number {
    return this.#outliers?.ejections ?? 0;
  }

  update(servers: readonly Server[]): void {
    const known = this.#endpoints;
    this.#endpoints = new Map(
      servers.map((server) => {
        const key = endpointKey(server.endpoint);
        return [key, known.get(key) ?? new PeerEndpoint(server)];
      }),
    );
    this.#outliers?.update([...this.#endpoints.values()]);
    this.#refilter();
  }

  start(call: Call): void {
    this.#attempt(call, 1);
  }

  #attempt(call: Call, attempt: number): void {
    const { time } = this.#world;
    // A50: ejected endpoints report TRANSIENT_FAILURE, so without another one the call fails at once.
    if (this.#usable.length === 0) return call.didEnd(time.now(), false);
    const endpoint = this.#policy.pick(this.#usable, time.now());
    endpoint.inFlight++;
    send(this.#world, this.#zone, endpoint.server, this.#requestOf(call, attempt, endpoint));
  }

  close(): void {}

  #requestOf(call: Call, attempt: number, endpoint: PeerEndpoint): Request {
    const { time } = this.#world;
    const pickedMs = time.now();
    return {
      workMs: call.workMs,
      firstByteShare: call.firstByteShare,
      onFirstByte: () => call.didRespond(time.now()),
      onEnd: (succeeded) => {
        const nowMs = time.now();
        endpoint.inFlight--;
        this.#policy.didEnd?.(endpoint, nowMs - pickedMs, nowMs);
        this.#outliers?.didEnd(endpoint, succeeded);
        this.#didEnd(call, attempt, succeeded);
      },
    };
  }

  #didEnd(call: Call, attempt: number, succeeded: boolean): void {
    const { time } = this.#world;
    if (succeeded) this.#retry?.didSucceed();
    const delayMs = succeeded ? undefined : this.#retry?.didFail(attempt);
    if (delayMs === undefined) call.didEnd(time.now(), succeeded);
    else time.setTimer(delayMs, () => this.#attempt(call, attempt + 1));
  }

  #refilter(): void {
    const all = [...this.#endpoints.values()];
    this.#usable = all.filter((endpoint) => this.#outliers?.isEjected(endpoint) !== true);
    this.#policy.didChange?.();
  }
}
