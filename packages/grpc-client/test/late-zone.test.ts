/** On ECS a channel asks for its zone, and does not wait for the answer: what it has decided without it is decided again. */

import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { createChannel } from "../src/index.ts";
import { ManualResolver, StubServer } from "../src/testing/index.ts";
import { AwsEnvironment } from "./support/aws-environment.ts";
import { NO_PINGS } from "./support/defaults.ts";
import { until } from "./support/until.ts";

test("the subset is of the client's zone, also when the zone becomes known after endpoints were connected", async () => {
  const asked = Promise.withResolvers<ServerResponse>();
  await using metadata = createServer((_, response) => asked.resolve(response));
  await once(metadata.listen(0, "127.0.0.1"), "listening");
  const { port } = metadata.address() as AddressInfo;
  using _environment = new AwsEnvironment({ ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}` });
  // On Linux it answers at each address of 127.0.0.0/8.
  await using server = await StubServer.start({ host: "0.0.0.0" });
  const endpoints = Array.from({ length: 24 }, (_, i) => ({
    host: `127.0.0.${i + 1}`,
    port: server.port,
    zone: i < 12 ? "us-east-1a" : "us-east-1b",
  }));
  const resolvers = [new ManualResolver(endpoints)];
  await using channel = createChannel("dns:///agent", {
    clock: new FakeClock(),
    resolvers,
    subsetSize: 12,
    ...NO_PINGS,
  });
  const zonesOfReady = (): (string | undefined)[] =>
    channel
      .snapshot()
      .tiers.flatMap((tier) => tier.endpoints)
      .flatMap(({ connectivity, zone }) => (connectivity === "ready" ? [zone] : []));
  await until(() => zonesOfReady().length === 12, "twelve endpoints are connected");
  // By a hash of the address: the chance that all twelve are of one zone is below one in a million.
  expect(new Set(zonesOfReady()).size).toBe(2);
  (await asked.promise).end('{"AvailabilityZone":"us-east-1b"}');
  await until(() => zonesOfReady().every((zone) => zone === "us-east-1b"), "those of the own zone are connected");
  await until(() => zonesOfReady().length === 12, "all twelve of them are");
  metadata.closeAllConnections();
});
