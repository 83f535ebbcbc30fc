// Inside services/api-gateway/src: nouns lie at the top, rooms in folders, and rooms meet in the nouns.
//
//   main.ts ──► gateway.ts ──► app.ts ──► routes/            (the composition)
//      └───────────┴─────────────┴───────────┴─► every room
//   listener/ middleware/ auth/ request/ response/ openapi/ clients/ ──► nouns
//   config.ts ──► the variables of auth/ and middleware/
//   nouns ──► nouns
//
// The check of folder cycles holds the order; these rules refuse the imports that it would let pass.

import { type ImportRestriction, type Override, restrictImports } from "./override.ts";
import { inService } from "./workspaces.ts";

const SRC = "services/api-gateway/src";

const ROOMS = ["listener", "middleware", "auth", "request", "response", "openapi", "clients"];

const noFolder: ImportRestriction = {
  regex: "^\\./[^/]+/",
  message:
    "A noun at the top imports no room: rooms import nouns. Only config.ts, app.ts, gateway.ts and main.ts import rooms.",
};

const noOtherRoom: ImportRestriction = {
  regex: "^\\.\\./[^/]+/",
  message: "Rooms do not import each other: they meet in the nouns at the top of src, and routes/ puts them together.",
};

const noComposition: ImportRestriction = {
  regex: "^\\.\\./(config|app|gateway|main)\\.ts$",
  message: "The composition imports the rooms, not the other way round: take what you need as an input.",
};

const noChannel: ImportRestriction = {
  regex: "^@agent-team/grpc-client(/|$)",
  message: "Only clients/ opens channels and makes calls; everything else gets a client.",
};

const noSockets: ImportRestriction = {
  regex: "^(node:)?(http|http2|net|tls)$",
  allowImportNames: ["STATUS_CODES"],
  message: "Only listener/ knows connections and Node's HTTP; everything else sees a Request and a Response.",
};

const noHono: ImportRestriction = {
  regex: "^hono(/|$)",
  message: "clients/ and listener/ know no routes: take what you need as an argument.",
};

const everyFile = [...inService("api-gateway"), noChannel, noSockets];
const room = [...everyFile, noOtherRoom, noComposition];

/** From the wide to the narrow: of the overrides that match a file, the last one counts. */
export const gatewayRules: readonly Override[] = [
  restrictImports([`${SRC}/*.ts`], [...everyFile, noFolder]),
  restrictImports(
    ["config", "app", "gateway", "main"].map((name) => `${SRC}/${name}.ts`),
    everyFile,
  ),
  restrictImports(
    ROOMS.map((name) => `${SRC}/${name}/**`),
    room,
  ),
  restrictImports([`${SRC}/routes/**`], [...everyFile, noComposition]),
  restrictImports([`${SRC}/listener/**`], [...room.filter((restriction) => restriction !== noSockets), noHono]),
  restrictImports([`${SRC}/clients/**`], [...room.filter((restriction) => restriction !== noChannel), noHono]),
];
