import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, test } from "vitest";
import { readOwnZone } from "./own-zone.ts";

/** Reads the zone from a real metadata endpoint that answers with `handler`. */
async function zoneFrom(handler: RequestListener, clock = new FakeClock()): Promise<string | undefined> {
  await using server = createServer(handler);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const zone = await readOwnZone({ ECS_CONTAINER_METADATA_URI_V4: `http://127.0.0.1:${port}/v4/id` }, clock);
  server.closeAllConnections();
  expect(clock.pendingTimers).toBe(0);
  return zone;
}

test("the zone is read from the task's metadata", async () => {
  const zone = await zoneFrom((request, response) => {
    response.end(request.url === "/v4/id/task" ? '{"Cluster":"c","AvailabilityZone":"us-east-1a"}' : "{}");
  });
  expect(zone).toBe("us-east-1a");
});

test.each<[string, RequestListener]>([
  ["not JSON", (_, response) => response.end("<html>")],
  ["null", (_, response) => response.end("null")],
  ["without the field", (_, response) => response.end("{}")],
  ["of another type", (_, response) => response.end('{"AvailabilityZone":7}')],
  ["an error", (_, response) => response.writeHead(500).end('{"AvailabilityZone":"us-east-1a"}')],
  [
    "cut off",
    (_, response) => response.writeHead(200, { "content-length": "100" }).write("{", () => response.destroy()),
  ],
  ["larger than a megabyte", (_, response) => response.end(`{"AvailabilityZone":"${"a".repeat(1 << 20)}"}`)],
])("metadata that are %s give no zone", async (_, handler) => {
  expect(await zoneFrom(handler)).toBeUndefined();
});

test("metadata that take longer than a second are ignored", async () => {
  const clock = new FakeClock();
  expect(await zoneFrom(() => clock.advance(1_000), clock)).toBeUndefined();
});

test("outside ECS there is no zone", async () => {
  const clock = new FakeClock();
  expect(await readOwnZone({}, clock)).toBeUndefined();
  expect(await readOwnZone({ ECS_CONTAINER_METADATA_URI_V4: "not a url" }, clock)).toBeUndefined();
  expect(await readOwnZone({ ECS_CONTAINER_METADATA_URI_V4: "http://" }, clock)).toBeUndefined();
});
