// Inside packages/grpc-client/src: nouns lie at the top, machines in folders, and machines meet in the nouns.
//
//   channel.ts channel-endpoints.ts ─────► every room   (the composition root, with its options, its snapshot and index.ts)
//   resolver/ subchannel/ transport/ balancer/ health/ call/ ─────► nouns
//   adapters/ telemetry/ ─────► nouns           (client-channel.ts is the channel as they see it)
//   nouns ─────► nouns

import { type ImportRestriction, type Override, restrictImports } from "./override.ts";
import { inPackages } from "./workspaces.ts";

const SRC = "packages/grpc-client/src";

const noFolder: ImportRestriction = {
  regex: "^\\./[^/]+/",
  message:
    "A noun at the top imports no room: rooms import nouns. Only channel.ts and channel-endpoints.ts put rooms together.",
};

const noCompositionFromTop: ImportRestriction = {
  regex: "^\\./(channel|channel-endpoints|channel-loading|index)\\.ts$",
  message: "channel.ts imports the files at the top, not the other way round.",
};

const noOtherRoom: ImportRestriction = {
  regex: "^\\.\\./[^/]+/",
  message:
    "Rooms do not import each other: they meet in the nouns at the top of src, and channel.ts and channel-endpoints.ts put them together.",
};

const noComposition: ImportRestriction = {
  regex:
    "^\\.\\./(channel|channel-endpoints|channel-fleet|channel-loading|channel-options|channel-snapshot|channel-tiers|channel-transport|for-servers|index)\\.ts$",
  message: "channel.ts imports the rooms, not the other way round: take what you need as an input.",
};

// Bare specifiers only: `node:…` has a colon, a relative one starts with a dot. These expressions have no look-ahead:
// hence every name that does not begin with `@agent-team/f`.
const noNpmPackage: ImportRestriction = {
  regex: "^(@([^a]|a[^g]|agent-team/[^f])|[a-zA-Z])[^:]*$",
  message:
    "The core depends on @agent-team/foundation only, and transport/own-http2*.ts on @agent-team/http2: adapters/ and telemetry/ may use a package, as an optional peer.",
};

// As above, and names that begin with `@agent-team/h`: of these there is http2.
const noPackageButHttp2: ImportRestriction = {
  regex: "^(@([^a]|a[^g]|agent-team/[^fh])|[a-zA-Z])[^:]*$",
  message: "transport/own-http2*.ts may use @agent-team/http2 and @agent-team/foundation, and no other package.",
};

// Every package whose name begins neither with `@aws-sdk/` nor with `@agent-team/f`.
const noOtherPackage: ImportRestriction = {
  regex: "^(@([^a]|a[^gw]|aw[^s]|aws[^-]|agent-team/[^f])|[a-zA-Z])[^:]*$",
  message: "resolver/cloud-map*.ts may use AWS's SDK, as an optional peer, and no other package.",
};

const onlyLazyAws: ImportRestriction = {
  regex: "^@aws-sdk/",
  allowTypeImports: true,
  message: "Load AWS's SDK by import() when it is needed: it is an optional peer, and 27 MB of memory.",
};

const noHttp2: ImportRestriction = {
  regex: "^(node:)?(http2|tls)$",
  message:
    "Only transport/node-http2*.ts and transport/socket-factory.ts know what connections are made of; everything else uses transport.ts.",
};

const noSockets: ImportRestriction = {
  regex: "^(node:)?net$",
  allowImportNames: ["isIP", "isIPv4", "isIPv6"],
  message: "Only transport/socket-factory.ts opens sockets; everything else uses transport.ts.",
};

const noDns: ImportRestriction = {
  regex: "^(node:)?dns(/promises)?$",
  message: "Only resolver/ asks DNS: everything else gets endpoint sets.",
};

const core = [...inPackages, noNpmPackage, noHttp2, noSockets, noDns];
const room = [...core, noOtherRoom, noComposition];

/** From the wide to the narrow: of the overrides that match a file, the last one counts. */
export const grpcClientRules: readonly Override[] = [
  restrictImports([`${SRC}/*.ts`], [...core, noFolder, noCompositionFromTop]),
  restrictImports(
    [
      "channel",
      "channel-endpoints",
      "channel-fleet",
      "channel-loading",
      "channel-options",
      "channel-snapshot",
      "channel-tiers",
      "channel-transport",
      "for-servers",
      "index",
    ].map((name) => `${SRC}/${name}.ts`),
    core,
  ),
  restrictImports(
    ["subchannel", "transport", "balancer", "health", "call"].map((name) => `${SRC}/${name}/**`),
    room,
  ),
  restrictImports(
    [`${SRC}/resolver/**`],
    room.filter((restriction) => restriction !== noDns),
  ),
  // Only these know AWS.
  restrictImports(
    [`${SRC}/resolver/cloud-map*.ts`],
    [...room.filter((restriction) => restriction !== noNpmPackage), noOtherPackage, onlyLazyAws],
  ),
  restrictImports(
    [`${SRC}/transport/node-http2*.ts`, `${SRC}/transport/socket-factory.ts`],
    room.filter((restriction) => restriction !== noHttp2 && restriction !== noSockets),
  ),
  // Our own HTTP/2 gets its sockets from socket-factory.ts.
  restrictImports(
    [`${SRC}/transport/own-http2*.ts`],
    [...room.filter((restriction) => restriction !== noNpmPackage), noPackageButHttp2],
  ),
  restrictImports(
    ["adapters", "telemetry"].map((name) => `${SRC}/${name}/**`),
    [...inPackages, noHttp2, noSockets, noDns, noOtherRoom, noComposition],
  ),
  // For users' tests too: a stub server is made of the real thing.
  restrictImports([`${SRC}/testing/**`], inPackages),
];
