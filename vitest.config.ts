import { availableParallelism } from "node:os";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import { WAIT_MS } from "./tools/test/wait-ms.ts";

// Tests run the sources themselves: without the `source` condition they would pass against yesterday's dist.
// Not what packages have for bundlers: Node, which runs it, cannot find the files that it imports (AWS's SDK).
const conditions = ["source", ...defaultServerConditions.filter((condition) => condition !== "module")];

/** Tests beside the sources. They leave nothing behind in their process, so the files of a worker share it and its modules. */
const UNITS = ["packages/*/src/**/*.test.ts", "services/*/src/**/*.test.ts"];

/** Tests of whole packages that leave nothing behind either. An import of a package costs each process half a second of CPU. */
const CHAPTERS = [
  "packages/{embedded-planner,http2}/test/**/*.test.ts",
  // node-http2.test.ts imports other test files, which a shared process would have loaded before.
  "packages/grpc-client/test/!(node-http2).test.ts",
  "simulate/**/*.test.ts",
  "tools/infra/**/*.test.ts",
];

/** Tests with processes, signals and the environment: each file has a process of its own. */
const STORIES = [
  "packages/*/test/**/*.test.ts",
  "services/*/test/**/*.test.ts",
  "bench/**/*.test.ts",
  "e2e/**/*.test.ts",
  "faults/**/*.test.ts",
  "tools/**/*.test.ts",
];

const NEVER = ["**/node_modules/**", "**/dist/**"];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      { extends: true, test: { name: "units", include: UNITS, isolate: false } },
      { extends: true, test: { name: "chapters", include: CHAPTERS, isolate: false } },
      { extends: true, test: { name: "stories", include: STORIES, exclude: [...NEVER, ...CHAPTERS] } },
    ],
    exclude: NEVER,
    execArgv: ["--conditions=source"],
    setupFiles: ["tools/test/waits.ts"],
    expect: { poll: { timeout: WAIT_MS } },
    // Most tests wait for processes and sockets: with three workers for two cores `npm test` takes 207 s, with two 244 s.
    maxWorkers: Math.ceil(1.5 * availableParallelism()),
    // Only a test that hangs reaches it. Tests of the whole cloud take 20 s where other programs use the machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
