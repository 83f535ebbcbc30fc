#!/usr/bin/env node
// `npx grpc_health_probe` in a clone: the probe that is in the image.
process.argv.splice(2, 0, "packages/cli/src/probe/main.ts");
await import("../../../tools/run.mjs");
