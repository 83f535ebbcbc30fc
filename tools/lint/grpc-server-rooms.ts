// Inside packages/grpc-server/src: nouns lie at the top, machines in folders, and machines meet in the nouns.
//
//   serve.ts, embedded.ts, grpc-js-server.ts (with server-calls.ts, server-certificates.ts, server-drain.ts, index.ts, published.ts, grpc-js.ts) ─────► every room
//   call/ config/ connection/ grpc-js/ health/ identity/ lifecycle/ program/ reflection/ web/ ─────► nouns
//   nouns ─────► nouns
//
// Each technique is known in one place: HTTP in connection/, gRPC-Web and Connect in web/, zod in config/. grpc-js is a peer of the tests.

import { type ImportRestriction, type Override, restrictImports } from "./override.ts";
import { inPackages } from "./workspaces.ts";

const SRC = "packages/grpc-server/src";

const COMPOSITION = [
  "serve",
  "serve-options",
  "embedded",
  "grpc-js",
  "grpc-js-server",
  "server-calls",
  "server-certificates",
  "server-drain",
  "index",
  "published",
];

const noFolder: ImportRestriction = {
  regex: "^\\./[^/]+/",
  message: "A noun at the top imports no room: rooms import nouns. Only serve.ts and its files put rooms together.",
};

const noOtherRoom: ImportRestriction = {
  regex: "^\\.\\./[^/]+/",
  message: "Rooms do not import each other: they meet in the nouns at the top of src, and serve.ts puts them together.",
};

const noComposition: ImportRestriction = {
  regex: `^\\.\\.?/(${COMPOSITION.join("|")})\\.ts$`,
  message: "serve.ts imports the rooms and the nouns, not the other way round: take what you need as an input.",
};

const noGrpcJs: ImportRestriction = {
  regex: "^@grpc/grpc-js$",
  message: "The server stands on @agent-team/http2: grpc-js is a client of the tests.",
};

const noHttp2: ImportRestriction = {
  regex: "^((node:)?|@agent-team/)http2$",
  message: "Only connection/ knows HTTP/2: everything else sees calls.",
};

const noZod: ImportRestriction = {
  regex: "^zod$",
  message: "Only config/ knows zod: everything else gets values that have been read.",
};

const everyFile = [...inPackages, noGrpcJs, noHttp2, noZod];
const room = [...everyFile, noOtherRoom, noComposition];

/** From the wide to the narrow: of the overrides that match a file, the last one counts. */
export const grpcServerRules: readonly Override[] = [
  restrictImports([`${SRC}/*.ts`], [...everyFile, noFolder, noComposition]),
  restrictImports(
    COMPOSITION.map((name) => `${SRC}/${name}.ts`),
    everyFile,
  ),
  restrictImports([`${SRC}/*/**`], room),
  restrictImports([`${SRC}/connection/**`], without(room, noHttp2)),
  restrictImports([`${SRC}/config/**`], without(room, noZod)),
];

function without(restrictions: readonly ImportRestriction[], known: ImportRestriction): readonly ImportRestriction[] {
  return restrictions.filter((restriction) => restriction !== known);
}
