// The linter's rules, house rules included. `tools/house-rules.test.ts` breaks each of those and sees it reported.
//
// Of the overrides that match a file the LAST one counts, and it replaces a rule's options whole: hence the order, from
// the wide to the narrow, and the functions in tools/lint/ that repeat what still holds.

import { defineConfig } from "oxlint";
import { ambientAllowed, ambientImports, noAmbientClockOrDice, noSleeps } from "./tools/lint/ambient.ts";
import { gatewayRules } from "./tools/lint/gateway-rooms.ts";
import { grpcClientRules } from "./tools/lint/grpc-client-rooms.ts";
import { grpcServerRules } from "./tools/lint/grpc-server-rooms.ts";
import { restrictImports } from "./tools/lint/override.ts";
import { workflowEngineGlobals, workflowEngineRules } from "./tools/lint/workflow-engine-rooms.ts";
import { everywhere, workspaceRules } from "./tools/lint/workspaces.ts";

const TESTS = ["**/*.{test,test-d,contract,bench}.ts", "packages/*/test/**", "services/*/test/**"];
const BESIDE = ["e2e/**", "bench/**", "faults/**", "simulate/**", "tools/**", "docs/**"];

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc", "promise"],
  options: { typeAware: true },
  // Programs of users are compiled where their packages are installed.
  ignorePatterns: ["**/dist/**", "**/gen/**", "e2e/compatibility/stubs/**", "e2e/generated-client/**"],
  categories: { correctness: "error" },
  rules: {
    // A cycle of types alone exists in no module graph.
    "import/no-cycle": ["error", { ignoreTypes: true }],
    "import/no-default-export": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    // A `default` is a decision; where it must never be reached, it says `satisfies never`.
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    eqeqeq: "error",
    // `for (… of [...listeners])` is how one lets listeners leave while they are told.
    "unicorn/no-useless-spread": "off",
    // An array of a known size is made at once on the hot path.
    "unicorn/no-new-array": "off",
  },
  overrides: [
    restrictImports(["**/*.ts"], everywhere),
    // A benchmark of a part reaches for that part, which no `exports` shows.
    restrictImports(["bench/**"], ambientImports),
    ...workspaceRules,
    ...grpcClientRules,
    ...gatewayRules,
    ...grpcServerRules,
    ...workflowEngineRules,
    { files: ["packages/*/src/**", "services/*/src/**"], rules: { ...noAmbientClockOrDice, "no-console": "error" } },
    workflowEngineGlobals,
    { files: ["packages/foundation/src/clock.ts", "packages/foundation/src/random.ts"], rules: ambientAllowed },
    { files: ["packages/cli/src/**"], rules: { "no-console": "off" } },
    // A test stands outside the rooms and may look into all of them.
    restrictImports(TESTS, everywhere),
    { files: [...TESTS, ...BESIDE, "packages/test-support/src/until.ts"], rules: { ...noSleeps, "no-console": "off" } },
    // Tests use `[..."abc"]` and methods as values often; a wrong use fails in the run of the test.
    {
      files: [...TESTS, ...BESIDE],
      rules: { "typescript/no-misused-spread": "off", "typescript/unbound-method": "off" },
    },
    // Programs that the tools read: they ask for a default export.
    { files: ["*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
