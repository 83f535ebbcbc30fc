import type { Clock } from "@agent-team/foundation/clock";
import type { CustomHealth } from "../cloud-map/custom-health.ts";
import type { Registry } from "../cloud-map/registry.ts";
import type { Scheduler } from "../ecs/scheduler.ts";
import type { LoadBalancers } from "../elb/load-balancers.ts";
import type { LogGroup } from "../logs/log-group.ts";
import type { ServiceDefinition } from "../services.ts";
import type { Timing } from "../timing.ts";

/** The parts of the cloud that the API reads and changes. The API keeps no copy of their state. */
export interface CloudView {
  readonly name: string;
  readonly definitions: readonly ServiceDefinition[];
  readonly scheduler: Scheduler;
  readonly registry: Registry;
  readonly customHealth: CustomHealth;
  readonly balancers: LoadBalancers;
  readonly logs: LogGroup;
  readonly timing: Timing;
  readonly vpcCidr: string;
  readonly clock: Clock;
  /** Start of the cloud, on the wall clock. */
  readonly createdAtMs: number;
  /** The variables that all tasks of a service have in common. */
  readonly environment: (definition: ServiceDefinition) => Readonly<Record<string, string>>;
}
