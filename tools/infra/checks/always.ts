/** The checks that need npm packages and nothing else. */

import type { Check } from "../check.ts";
import { isStale } from "../state/make.ts";
import { missingForTerraform } from "../with-terraform/terraform.ts";
import { checkAlarms } from "./alarms.ts";
import { checkCapacity } from "./capacity.ts";
import { checkContract } from "./contract.ts";
import { checkDeploymentEvents } from "./deployment-events.ts";
import { checkDocs, checkOutputs } from "./docs.ts";
import { checkEnvironment, checkStopTimes } from "./environment.ts";
import { checkFigures } from "./figures.ts";
import { checkIam } from "./iam.ts";
import { checkImages } from "./images.ts";
import { checkNames, checkSize } from "./limits.ts";
import { checkLogFilters } from "./log-filters.ts";
import { checkOrder } from "./order.ts";
import { checkPlacement } from "./placement.ts";
import { checkPorts } from "./ports.ts";
import { checkReadme } from "./readme.ts";
import { checkRegions } from "./regions.ts";
import { checkScaling } from "./scaling.ts";
import { checkBalancers, checkGroupsAttached, checkReachability } from "./security-groups.ts";
import { checkHealthChecks, checkServices } from "./services.ts";
import { inEachRegion, inEachState, readSubject, type Subject } from "./subject.ts";
import { checkIdleTimeouts } from "./timeouts.ts";
import { checkTracked } from "./tracked.ts";
import {
  checkDescriptions,
  checkDiscoveryOrder,
  checkExamples,
  checkLifecycles,
  checkPortList,
  checkProvider,
} from "./written.ts";

/** A sentence about `infra/`, and what breaks it. */
interface Rule {
  readonly name: string;
  readonly findings: (subject: Subject) => readonly string[];
}

const RULES: readonly Rule[] = [
  { name: "the provider is the one that is tested", findings: checkProvider },
  { name: "variables and outputs are described and used", findings: checkDescriptions },
  { name: "what Terraform is to leave alone, it leaves alone", findings: checkLifecycles },
  { name: "every way that must work is open, every other closed", findings: inEachRegion(checkReachability) },
  {
    name: "everything stands in its subnets, and each leads out by its own zone",
    findings: inEachRegion(checkPlacement),
  },
  { name: "every security group is attached", findings: inEachRegion(checkGroupsAttached) },
  { name: "balancers reach their targets", findings: inEachRegion(checkBalancers) },
  { name: "tasks get what their programs read, and nothing else", findings: inEachRegion(checkEnvironment) },
  { name: "ECS and the programs agree on the time to stop", findings: inEachRegion(checkStopTimes) },
  { name: "ports are the same everywhere", findings: inEachRegion(checkPorts) },
  { name: "a port stands in one list", findings: checkPortList },
  { name: "the examples set variables that exist", findings: checkExamples },
  { name: "the examples choose the path that the guide advises", findings: checkDiscoveryOrder },
  { name: "names fit into AWS's limits", findings: inEachRegion(checkNames) },
  { name: "the plan stays small", findings: inEachRegion(checkSize) },
  { name: "deployments roll back, and each service runs as itself", findings: inEachRegion(checkServices) },
  { name: "what is needed first is there first", findings: inEachRegion(checkOrder) },
  { name: "services grow, and an apply does not shrink them", findings: inEachRegion(checkScaling) },
  { name: "one task of each service stays when spot capacity goes", findings: inEachRegion(checkCapacity) },
  { name: "each service has its own image, and a tag stays one image", findings: inEachRegion(checkImages) },
  { name: "health checks run what the image holds", findings: inEachRegion(checkHealthChecks) },
  {
    name: "idle timeouts outlast keepalives, and programs outlast balancers",
    findings: inEachRegion(checkIdleTimeouts),
  },
  { name: "roles may do what they need, and nothing else", findings: inEachRegion(checkIam) },
  { name: "alarms and graphs ask for figures that are written", findings: inEachRegion(checkAlarms) },
  { name: "log filters take the lines that the logger writes", findings: inEachRegion(checkLogFilters) },
  { name: "failed deployments are told, and only those", findings: inEachRegion(checkDeploymentEvents) },
  { name: "the dashboard shows what programs write", findings: inEachRegion(checkFigures) },
  { name: "a region is made of its own, and collides with no other", findings: inEachState(checkRegions) },
  { name: "outputs are strings", findings: inEachState((_, state) => checkOutputs(state)) },
  { name: "what the documents name exists", findings: checkDocs },
  { name: "the README's tables are those of the HCL", findings: checkReadme },
  { name: "every promise of the contract is held", findings: checkContract },
  { name: "no state, no account, no hidden failure in git", findings: () => checkTracked() },
];

/** The states and the text are read once, for all of them. */
export function alwaysChecks(infra: string): readonly Check[] {
  const subject = readSubject(infra);
  return [
    {
      name: "the states are of the HCL as it is",
      missing: () => (isStale(infra) ? missingForTerraform() : undefined),
      loss: "THE HCL HAS CHANGED SINCE ITS STATES WERE MADE, and every check here reads those: npm run infra:state",
      run: () => ({
        findings: isStale(infra) ? ["the HCL has changed since its states were made: npm run infra:state"] : [],
        note: `${subject.states.size} states`,
      }),
    },
    ...RULES.map(({ name, findings }) => ({ name, run: () => ({ findings: findings(subject) }) })),
  ];
}
