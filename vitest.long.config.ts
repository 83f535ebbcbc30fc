import { defineConfig } from "vitest/config";
import base from "./vitest.config.ts";

// Tests that take long, by waiting or by work: `npm run test:long`, part of .ci/run and not of `npm test`.
const { projects: _, ...test } = base.test ?? {};

export default defineConfig({
  ...base,
  test: {
    ...test,
    include: ["e2e/long/**/*.long.ts", "packages/*/test/**/*.long.ts", "tools/**/*.long.ts"],
    // Four times what the longest takes where other programs use the machine: only a test that hangs reaches it.
    testTimeout: 360_000,
  },
});
