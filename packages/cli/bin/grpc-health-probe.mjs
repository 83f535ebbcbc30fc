#!/usr/bin/env node
// `npx grpc_health_probe` in a clone: the same probe as in the images.
process.argv.splice(2, 0, "packages/cli/src/probe/main.ts");
await import("../../../tools/run.mjs");
