#!/usr/bin/env node
// `npx agent-team` in a clone: as `npm run agent-team` does it, with the pinned Node and from the sources, since a clone
// has nothing built.
process.argv.splice(2, 0, "packages/cli/src/main.ts");
await import("../../../tools/run.mjs");
