// Inside services/workflow-engine/src: nouns lie at the top, rooms in folders, and the rooms form a line.
//
//   main.ts ──► config.ts, engine.ts ──► every room            (the composition)
//   rpc/ ──► triggers/ run/ validate/ store/ nodes/
//   triggers/ ──► store/ nodes/
//   run/ validate/ ──► nodes/
//   nodes/ store/ expression/ http/ models/ ──► no room
//   every room ──► nouns ──► nouns
//
// The check of folder cycles holds the order; these rules refuse the imports that it would let pass.

import { noAmbientClockOrDiceNor } from "./ambient.ts";
import { type ImportRestriction, type Override, restrictImports } from "./override.ts";
import { inService } from "./workspaces.ts";

const SRC = "services/workflow-engine/src";

const noFolder: ImportRestriction = {
  regex: "^\\./[^/]+/",
  message: "A noun at the top imports no room: rooms import nouns. Only config.ts, engine.ts and main.ts import rooms.",
};

const noComposition: ImportRestriction = {
  regex: "^(\\.\\./)+(config|engine|main)\\.ts$",
  message: "engine.ts puts the rooms together, not the other way round: take what you need as an input.",
};

const TAKE_A_SENDER = "Only http/ reaches the network, behind its address guard: everything else takes an HttpSender.";

const noNetwork: ImportRestriction = {
  regex: "^(node:)?(dns|dns/promises|http|http2|https|net|tls)$",
  message: TAKE_A_SENDER,
};

const noProcess: ImportRestriction = {
  regex: "^(node:)?(child_process|worker_threads|vm)$",
  message: "Only expression/ starts processes and threads: everything else takes Expressions.",
};

const noJsonata: ImportRestriction = {
  regex: "^jsonata(/|$)",
  message: "An expression is code from outside: only the program of an expression process parses and runs it.",
};

const noJournal: ImportRestriction = {
  regex: "^@agent-team/journal(/|$)",
  allowImportNames: ["isJournalError", "JournalErrorCode"],
  message: "Only store/ reads and writes the journal: everything else takes a store or a RunLog.",
};

const noModels: ImportRestriction = {
  regex: "^@agent-team/language-models(/|$)",
  message: "Only models/ asks language models: everything else takes AskModels.",
};

const everyFile = [...inService("workflow-engine"), noNetwork, noProcess, noJsonata, noJournal, noModels];

/** A room that imports the given rooms and no other. */
function room(name: string, imports: readonly string[], allowed: readonly ImportRestriction[] = []): Override {
  const others = ["expression", "http", "models", "nodes", "store", "validate", "run", "triggers", "rpc"].filter(
    (other) => other !== name && !imports.includes(other),
  );
  const noOtherRoom: ImportRestriction = {
    regex: `^(\\.\\./)+(${others.join("|")})/`,
    message: `${name}/ imports ${imports.map((other) => `${other}/`).join(", ") || "no other room"}: rooms meet in the nouns at the top of src.`,
  };
  const restrictions = everyFile.filter((restriction) => !allowed.includes(restriction));
  return restrictImports([`${SRC}/${name}/**`], [...restrictions, noOtherRoom, noComposition]);
}

/** From the wide to the narrow: of the overrides that match a file, the last one counts. */
export const workflowEngineRules: readonly Override[] = [
  restrictImports([`${SRC}/*.ts`], [...everyFile, noFolder]),
  restrictImports(
    ["config", "engine", "main"].map((name) => `${SRC}/${name}.ts`),
    everyFile.filter((restriction) => restriction !== noJournal && restriction !== noModels),
  ),
  room("expression", [], [noProcess, noJsonata]),
  room("http", [], [noNetwork]),
  room("models", [], [noModels]),
  room("store", [], [noJournal]),
  room("nodes", []),
  room("validate", ["nodes"]),
  room("run", ["nodes"]),
  room("triggers", ["store", "nodes"]),
  room("rpc", ["triggers", "run", "validate", "store", "nodes"]),
];

/** Stands after the rules of all services about globals, which it repeats. */
export const workflowEngineGlobals: Override = {
  files: [`${SRC}/**`],
  rules: noAmbientClockOrDiceNor(
    ["fetch", "WebSocket", "EventSource"].map((name) => ({ name, message: TAKE_A_SENDER })),
  ),
};
