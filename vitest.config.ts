import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// Tests run the sources themselves: without the `source` condition they would pass against yesterday's dist.
// Not what packages have for bundlers: Node, which runs it, cannot find the files that it imports (AWS's SDK).
const conditions = ["source", ...defaultServerConditions.filter((condition) => condition !== "module")];

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: [
      "packages/**/*.test.ts",
      "services/**/*.test.ts",
      "bench/**/*.test.ts",
      "e2e/**/*.test.ts",
      "faults/**/*.test.ts",
      "simulate/**/*.test.ts",
      "tools/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/dist/**"],
    execArgv: ["--conditions=source"],
    // Vitest takes one core less than there are. Most tests wait for processes and sockets, so each core gets a worker.
    maxWorkers: "100%",
    // Only a test that hangs reaches it. Tests of the whole cloud take 20 s where other programs use the machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
