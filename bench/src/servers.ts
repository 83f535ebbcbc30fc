// The servers by the names that reports and `--json` use. One process loads one of them only.

/** Starts to listen on a free port of 127.0.0.1, and resolves to it. */
export type StartServer = () => Promise<number>;

export type ServerName = "ours" | "grpc-js" | "connect-node" | "node:http2";

export const SERVERS: Readonly<Record<ServerName, () => Promise<StartServer>>> = {
  ours: async () => (await import("./servers/ours.ts")).start,
  "grpc-js": async () => (await import("./servers/grpc-js.ts")).start,
  "connect-node": async () => (await import("./servers/connect-node.ts")).start,
  "node:http2": async () => (await import("./servers/node-http2.ts")).start,
};
