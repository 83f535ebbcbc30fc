export type { HostPort } from "@agent-team/foundation/host-port";
export { awsEnvironment } from "./aws-names.ts";
export { type CallerVariables, callerVariables } from "./callers.ts";
export {
  type Discovery,
  type DiscoveryPlan,
  isNamedOrder,
  NAMED_ORDERS,
  type NamedOrder,
  STRATEGIES,
  type Strategy,
} from "./discovery.ts";
export { AddressTakenError, LocalCloudError } from "./errors.ts";
export type { CloudEvent, CloudListener } from "./events.ts";
export { interruptionSignal } from "./interruption.ts";
export { type LocalCloud, startLocalCloud } from "./local-cloud.ts";
export type { LocalCloudOptions } from "./options.ts";
export { type AgentTeamOptions, agentTeamServices, MAX_DESIRED, type ServiceDefinition } from "./services.ts";
export { type CloudRecord, readState } from "./state/state-folder.ts";
export type { TaskDescription, TaskState } from "./task-description.ts";
export type { Timing } from "./timing.ts";
