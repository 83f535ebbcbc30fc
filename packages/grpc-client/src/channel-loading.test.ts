import { systemClock } from "@agent-team/foundation/clock";
import { expect, test } from "vitest";
import { loadHttp2 } from "./channel-loading.ts";
import type { TransportKind } from "./channel-options.ts";
import { NodeHttp2Transport } from "./transport/node-http2.ts";
import { OwnHttp2Transport } from "./transport/own-http2.ts";

test.each<[TransportKind, object]>([
  ["node:http2", NodeHttp2Transport],
  ["own", OwnHttp2Transport],
])("the transport %s", async (kind, transport) => {
  const create = await loadHttp2(kind);
  const options = { authority: "a", tls: undefined, connectTimeoutMs: 1, maxReceiveMessageBytes: 1 };
  expect(create(options, systemClock)).toBeInstanceOf(transport);
});
