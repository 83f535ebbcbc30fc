/** Scenarios of the services themselves: the whole system on the local cloud, over each store, used by HTTP alone. */

import type { AgentTeamOptions } from "@agent-team/local-cloud";
import type { Store, System } from "./system.ts";

export interface ServicesScenario {
  readonly slug: string;
  /** What is lost, in one sentence. */
  readonly fault: string;
  readonly cases: readonly ServicesCase[];
}

export interface ServicesCase {
  readonly name: string;
  readonly target: string;
  readonly topology: Topology;
  /** Default: over each store. */
  readonly store?: Store;
  run(system: System, options: CaseOptions): Promise<Measured>;
}

export interface Topology extends Pick<AgentTeamOptions, "agents" | "environment"> {
  /** Default 1. */
  readonly gateways?: number;
  /** Default 1. */
  readonly engines?: number;
}

export interface CaseOptions {
  /** The whole sequence instead of a part of it. */
  readonly full: boolean;
  readonly interruption: AbortSignal;
}

export interface Measured {
  /** By what they are, with their unit. */
  readonly figures: Readonly<Record<string, number>>;
  /** What must never happen and did. */
  readonly violations: readonly string[];
}
