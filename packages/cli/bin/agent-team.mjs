#!/usr/bin/env node
// `npx agent-team` in a clone: runs the sources with the pinned Node, as `npm run agent-team` does. A clone has no build.
process.argv.splice(2, 0, "packages/cli/src/main.ts");
await import("../../../tools/run.mjs");
