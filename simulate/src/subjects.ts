/** What a scenario compares: our channel, and the policies of other clients, each with its configuration. */

import type { ChannelOptions } from "@agent-team/grpc-client";
import { ChannelClient } from "./clients/channel-client.ts";
import { PeerClient } from "./clients/peer-client.ts";
import { LeastRequest } from "./peers/least-request.ts";
import { A50_DEFAULTS, A50_TUNED, type OutlierDetectionConfig } from "./peers/outlier-detection.ts";
import { PeakEwma } from "./peers/peak-ewma.ts";
import type { CreatePeerPolicy } from "./peers/peer.ts";
import { RoundRobin } from "./peers/round-robin.ts";
import { TwoChoices } from "./peers/two-choices.ts";
import type { Client } from "./world/client.ts";
import type { World } from "./world/world.ts";

interface ClientOptions {
  /** Tells clients apart: each has its own dice. */
  readonly index: number;
  readonly zone: string | undefined;
  /** Whether calls may be repeated. */
  readonly idempotent: boolean;
}

export interface Subject {
  readonly name: string;
  readonly isOurs: boolean;
  /** It reacts to failed calls only, so it is left out where no call fails. */
  readonly isForFailures: boolean;
  createClient(world: World, options: ClientOptions): Client;
}

/** The name of the policy that claims are about. */
export const OURS = "ours";

function ours(name: string, channelOptions: ChannelOptions): Subject {
  return {
    name,
    isOurs: true,
    isForFailures: false,
    createClient: (world, options) => new ChannelClient(world, options, channelOptions),
  };
}

const POLICIES: Readonly<Record<string, CreatePeerPolicy>> = {
  "round robin": (random) => new RoundRobin(random),
  "least request": (random) => new LeastRequest(random),
  "two choices": (random) => new TwoChoices(random),
  PeakEWMA: (random) => new PeakEwma(random),
};

const DETECTIONS: readonly (readonly [suffix: string, config: OutlierDetectionConfig | undefined])[] = [
  ["", undefined],
  [" + A50", A50_DEFAULTS],
  [" + A50 tuned", A50_TUNED],
];

const peers: readonly Subject[] = DETECTIONS.flatMap(([suffix, outlierDetection]) =>
  Object.entries(POLICIES).map(([policy, createPolicy]) => ({
    name: policy + suffix,
    isOurs: false,
    isForFailures: outlierDetection !== undefined,
    createClient: (world: World, options: ClientOptions) =>
      new PeerClient(world, { ...options, createPolicy, outlierDetection }),
  })),
);

export const SUBJECTS: readonly Subject[] = [
  ours(OURS, {}),
  ours("ours, two-choices", { balancing: "two-choices" }),
  ours("ours, round_robin", { balancing: "round_robin" }),
  ...peers,
];

/** @throws Error when there is no such policy. */
export function subjectNamed(name: string): Subject {
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined) throw new Error(`expected the name of a policy, got ${JSON.stringify(name)}`);
  return subject;
}
