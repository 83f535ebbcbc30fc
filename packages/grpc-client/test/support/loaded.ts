/** Loads what a channel would load when it is made: under a fake clock each turn of the event loop may take a millisecond. */

import { loadEndpoints } from "../../src/channel-loading.ts";
import "../../src/resolver/cloud-map.ts";
import "../../src/resolver/endpoint-file.ts";
import "../../src/resolver/polling-resolvers.ts";
import type { CreateTransport, TransportKind } from "../../src/index.ts";
import { NodeHttp2Transport } from "../../src/transport/node-http2.ts";
import { OwnHttp2Transport } from "../../src/transport/own-http2.ts";

await loadEndpoints();

export const TRANSPORTS: Readonly<Record<TransportKind, CreateTransport>> = {
  own: (options, clock) => new OwnHttp2Transport(options, clock),
  "node:http2": (options, clock) => new NodeHttp2Transport(options, clock),
};

/** The default of channels. */
export const createTransport: CreateTransport = TRANSPORTS.own;
