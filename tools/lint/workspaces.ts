// Packages are below services, and services meet over the wire only.

import { ambientImports } from "./ambient.ts";
import { type ImportRestriction, type Override, restrictImports } from "./override.ts";

const SERVICES = ["api-gateway", "workflow-agent", "workflow-engine"];

/** Reaching into a neighbour's folder by path goes past its `exports`. */
const byName: ImportRestriction = {
  regex: "^(\\.\\./)+(packages|services|bench|e2e|faults|simulate)/",
  message: "Import another workspace by its name: what its exports do not show is its own business.",
};

/** For every file of the repository. */
export const everywhere: readonly ImportRestriction[] = [...ambientImports, byName];

const noService: ImportRestriction = {
  regex: `^@agent-team/(${SERVICES.join("|")})(/|$)`,
  message: "A package knows no service: move what both need into a package, or start the service as a process.",
};

const noTestSupport: ImportRestriction = {
  regex: "^@agent-team/test-support(/|$)",
  message: "Only tests import @agent-team/test-support: it is a devDependency, and no deployed package contains it.",
};

/** What a package's own files may not import, to be repeated by narrower overrides. */
export const inPackages: readonly ImportRestriction[] = [...everywhere, noService, noTestSupport];

// No look-ahead in these expressions: hence every name that does not begin with `@agent-team/co` or `@bu`.
const noInputButArguments: ImportRestriction = {
  regex: "^(@([^ab]|agent-team/([^c]|c[^o])|b[^u])|[a-zA-Z])",
  message:
    "The embedded planner is a pure function: it imports @agent-team/contracts and @bufbuild/protobuf, no other package and no module of Node.",
};

const runsInBrowsers: ImportRestriction = {
  regex: "^(node:|@([^a]|agent-team/([^f]|f[^o]))|[a-oq-zA-Z]|p[^r])",
  message: "This code runs in browsers: it imports preact, @agent-team/foundation and files beside it.",
};

const noView: ImportRestriction = {
  regex: "^(preact(/|$)|\\.\\./view/)",
  message: "Only view/ and main.tsx draw: what they draw is decided here, and tested without a browser.",
};

/** `packages/*` import no service; `services/*` import no other service. */
export const workspaceRules: readonly Override[] = [
  restrictImports(["packages/**"], inPackages),
  restrictImports(["packages/embedded-planner/src/**"], [...inPackages, noInputButArguments]),
  restrictImports(["packages/page/src/browser/**"], [...inPackages, runsInBrowsers]),
  restrictImports(["packages/page/src/browser/{api,graph,state}/**"], [...inPackages, runsInBrowsers, noView]),
  ...SERVICES.map((service) => restrictImports([`services/${service}/**`], inService(service))),
];

function notTheOthers(service: string): ImportRestriction {
  const others = SERVICES.filter((other) => other !== service);
  return {
    regex: `^@agent-team/(${others.join("|")})(/|$)`,
    message: "Services meet over the wire only: call the other one through its contract.",
  };
}

/** What a service's own files may not import, to be repeated by narrower overrides. */
export function inService(service: string): readonly ImportRestriction[] {
  return [...everywhere, noTestSupport, notTheOthers(service)];
}
