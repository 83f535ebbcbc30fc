/** The checks that need npm packages and nothing else. */

import type { Check } from "../check.ts";
import { isStale } from "../state/make.ts";
import type { Region } from "../state/region.ts";
import { missingForTerraform } from "../with-terraform/terraform.ts";
import { checkAlarms, checkDashboard } from "./alarms.ts";
import { checkBalancers } from "./balancers.ts";
import { checkCapacity } from "./capacity.ts";
import { checkContract } from "./contract.ts";
import { checkDeploymentEvents } from "./deployment-events.ts";
import { checkDocs, checkOutputs } from "./docs.ts";
import { checkEnvironment, checkStopTimes } from "./environment.ts";
import { type Findings, findingsOf } from "./findings.ts";
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
import { checkFlows, checkGroupsAttached } from "./security-groups.ts";
import { checkHealthChecks, checkServices } from "./services.ts";
import { inEachRegion, inEachState, readSubject, type Subject } from "./subject.ts";
import { checkIdleTimeouts } from "./timeouts.ts";
import { checkTls } from "./tls.ts";
import { checkTracked } from "./tracked.ts";
import { checkTrustedHops } from "./trusted-hops.ts";
import {
  checkDescriptions,
  checkDiscoveryOrder,
  checkExamples,
  checkLifecycles,
  checkPortList,
  checkProvider,
} from "./written.ts";

/** Of every region of every state. */
const OF_REGIONS: Readonly<Record<string, (region: Region) => Findings>> = {
  "security groups admit each flow that is needed, and no other": checkFlows,
  "every security group is attached": checkGroupsAttached,
  "resources are in the right subnets, with routes through their own zone": checkPlacement,
  "load balancers reach their targets": checkBalancers,
  "the gateway trusts each proxy in front of it, and no client": checkTrustedHops,
  "tasks get the variables that their programs read, and no others": checkEnvironment,
  "both ends of the calls between tasks have TLS, or neither has": checkTls,
  "ECS and the programs agree on the time to stop": checkStopTimes,
  "ports are the same everywhere": checkPorts,
  "names fit into AWS's limits": checkNames,
  "the plan stays small": checkSize,
  "deployments roll back, and each service runs its own tasks": checkServices,
  "resources are created after those that they need": checkOrder,
  "each service scales": checkScaling,
  "one task of each service runs on demand beside spot capacity": checkCapacity,
  "each service has its own image, and a tag stays one image": checkImages,
  "health checks run the probe in the image": checkHealthChecks,
  "idle timeouts outlast keepalives, and programs outlast load balancers": checkIdleTimeouts,
  "roles allow what is needed, and no more": checkIam,
  "alarms and graphs ask for metrics that are written": checkAlarms,
  "log filters match the lines that the logger writes": checkLogFilters,
  "alarm topics get failed deployments, and no other event": checkDeploymentEvents,
  "the dashboard shows the metrics that the programs write": checkDashboard,
};

/** Of whole states, of the HCL's text, and of other files. */
const OF_ALL: Readonly<Record<string, (subject: Subject) => Findings>> = {
  "two regions share nothing": inEachState(checkRegions),
  "outputs are strings": inEachState((_, state) => checkOutputs(state)),
  "the provider is the version that is tested": checkProvider,
  "variables and outputs are described and used": checkDescriptions,
  "lifecycle rules keep what must not be replaced": checkLifecycles,
  "ports are written in local.ports only": checkPortList,
  "the examples set variables that exist": checkExamples,
  "the examples set the discovery order that the guide advises": checkDiscoveryOrder,
  "the names in the documents exist": checkDocs,
  "the README's tables are those of the HCL": checkReadme,
  "every promise of the contract has its test": checkContract,
  "no state, no account and no hidden failure is in git": () => checkTracked(),
};

/** The states and the text are read once, for all of them. */
export function alwaysChecks(infra: string): readonly Check[] {
  const subject = readSubject(infra);
  const ofRegions = Object.entries(OF_REGIONS).map(([name, check]) => [name, inEachRegion(check)] as const);
  return [
    {
      name: "the states were made from this HCL",
      missing: () => (isStale(infra) ? missingForTerraform() : undefined),
      loss: "THE HCL HAS CHANGED SINCE ITS STATES WERE MADE, and every check here reads those: npm run infra:state",
      run: () => ({
        findings: isStale(infra) ? ["the HCL has changed since its states were made: npm run infra:state"] : [],
        note: `${subject.states.size} states`,
      }),
    },
    ...[...ofRegions, ...Object.entries(OF_ALL)].map(([name, check]) => ({
      name,
      run: () => ({ findings: findingsOf(() => check(subject)) }),
    })),
  ];
}
