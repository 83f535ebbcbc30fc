/**
 * `npm run folder-cycles -- WORKSPACE…`: prints the folder cycles of the workspaces, for instance of `packages/journal`,
 * and the imports that make them. Without WORKSPACE: of those that `npm run check` keeps free of them. Exits with 1 when
 * there is a cycle.
 */

import { findFolderCycles, WITHOUT_FOLDER_CYCLES } from "./check/folder-cycles.ts";

const given = process.argv.slice(2);
const cycles = findFolderCycles(given.length === 0 ? WITHOUT_FOLDER_CYCLES : given);
if (cycles !== "") console.log(cycles);
process.exitCode = cycles === "" ? 0 : 1;
