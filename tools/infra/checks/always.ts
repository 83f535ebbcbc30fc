/** The checks that need npm packages and nothing else. */

import type { Check } from "../check.ts";
import { checkAlarms } from "./alarms.ts";
import { checkBadInput } from "./bad-input.ts";
import { checkCapacity } from "./capacity.ts";
import { checkContract } from "./contract.ts";
import { checkDeploymentEvents } from "./deployment-events.ts";
import { checkDocs, checkOutputs } from "./docs.ts";
import { checkEnvironment, checkStopTimes } from "./environment.ts";
import { checkDiscoveryOrder, checkExamples } from "./examples.ts";
import { checkFigures } from "./figures.ts";
import { checkIam } from "./iam.ts";
import { checkImages } from "./images.ts";
import { checkNames, checkSize } from "./limits.ts";
import { checkLogFilters } from "./log-filters.ts";
import { checkDescriptions, checkModules } from "./modules.ts";
import { checkOrder } from "./order.ts";
import { checkPlacement } from "./placement.ts";
import { checkPorts } from "./ports.ts";
import { checkProvider } from "./provider.ts";
import { checkReadme } from "./readme.ts";
import { checkReferences } from "./references.ts";
import { checkRegions } from "./regions.ts";
import { checkScaling } from "./scaling.ts";
import { checkSchema } from "./schema.ts";
import { checkBalancers, checkGroupsAttached, checkReachability } from "./security-groups.ts";
import { checkHealthChecks, checkServices } from "./services.ts";
import { readSubject, type Subject } from "./subject.ts";
import { checkIdleTimeouts } from "./timeouts.ts";
import { checkTracked } from "./tracked.ts";

/** A sentence about `infra/`, and what breaks it. */
interface Rule {
  readonly name: string;
  readonly findings: (subject: Subject) => readonly string[] | Promise<readonly string[]>;
}

const RULES: readonly Rule[] = [
  { name: "arguments and blocks are the provider's", findings: checkSchema },
  { name: "the provider is the one that is tested", findings: checkProvider },
  { name: "every name exists, every variable is used", findings: checkReferences },
  { name: "modules get what they need", findings: checkModules },
  { name: "variables and outputs are described", findings: checkDescriptions },
  { name: "every way that must work is open, every other closed", findings: checkReachability },
  { name: "everything stands in its subnets, and each leads out by its own zone", findings: checkPlacement },
  { name: "every security group is attached", findings: checkGroupsAttached },
  { name: "balancers reach their targets", findings: checkBalancers },
  { name: "tasks get what their programs read, and nothing else", findings: checkEnvironment },
  { name: "ECS and the programs agree on the time to stop", findings: checkStopTimes },
  { name: "ports are the same everywhere", findings: checkPorts },
  { name: "bad input is refused before the plan", findings: checkBadInput },
  { name: "the examples are accepted and planned", findings: checkExamples },
  { name: "the examples choose the path that the guide advises", findings: checkDiscoveryOrder },
  { name: "names fit into AWS's limits", findings: checkNames },
  { name: "the plan stays small", findings: checkSize },
  { name: "deployments roll back", findings: checkServices },
  { name: "what is needed first is there first", findings: checkOrder },
  { name: "services grow, and an apply does not shrink them", findings: checkScaling },
  { name: "one task of each service stays when spot capacity goes", findings: checkCapacity },
  { name: "a tag is one image for ever", findings: checkImages },
  { name: "health checks run what the image holds", findings: checkHealthChecks },
  { name: "idle timeouts outlast keepalives, and programs outlast balancers", findings: checkIdleTimeouts },
  { name: "roles may do what they need, and nothing else", findings: checkIam },
  { name: "alarms and graphs ask for figures that are written", findings: checkAlarms },
  { name: "log filters take the lines that the logger writes", findings: checkLogFilters },
  { name: "failed deployments are told, and only those", findings: checkDeploymentEvents },
  { name: "the dashboard shows what programs write", findings: checkFigures },
  { name: "a region is made of its own, and collides with no other", findings: checkRegions },
  { name: "outputs are strings", findings: checkOutputs },
  { name: "what the documents name exists", findings: checkDocs },
  { name: "the README's tables are those of the HCL", findings: checkReadme },
  { name: "every promise of the contract is held", findings: checkContract },
  { name: "no state, no account, no hidden failure in git", findings: checkTracked },
];

/** Reads the HCL first: when that fails, it is the one finding. */
export function alwaysChecks(infra: string): readonly Check[] {
  const subject = readSubject(infra);
  subject.catch(() => undefined); // each check reports it
  return RULES.map(({ name, findings }) => ({ name, run: async () => ({ findings: await findings(await subject) }) }));
}
