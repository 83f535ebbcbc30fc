/** A client of NestJS, which is CommonJS: its option `channelOptions` takes the line that is new. */

import { fileURLToPath } from "node:url";
import { ClientGrpcProxy } from "@nestjs/microservices";
import { lastValueFrom, type Observable } from "rxjs";
import { expect, test } from "vitest";
import { createGrpcJsChannelFactory } from "../src/adapters/grpc-js.ts";
import { createChannel, Status } from "../src/index.ts";
import { type StubHandler, StubServer } from "../src/testing/index.ts";

const HEALTH = fileURLToPath(new URL("../../contracts/proto/grpc/health/v1/health.proto", import.meta.url));
/** grpc.health.v1.HealthCheckResponse with the status SERVING. */
const SERVING = Buffer.of(0x08, 0x01);

interface Health {
  check(request: { readonly service: string }): Observable<{ readonly status: string }>;
  watch(request: { readonly service: string }): Observable<{ readonly status: string }>;
}

test("ClientGrpc calls through the channel", async () => {
  const paths: string[] = [];
  const answer: StubHandler = async (call) => {
    paths.push(call.path);
    const [request = new Uint8Array()] = await call.request;
    if (Buffer.from(request).includes("orders")) return call.end(Status.notFound, "no such service");
    call.send(SERVING);
    call.end();
  };
  await using server = await StubServer.start({ handlers: { "*": answer } });
  const client = new ClientGrpcProxy({
    package: "grpc.health.v1",
    protoPath: HEALTH,
    url: server.address,
    loader: { enums: String },
    keepalive: { keepaliveTimeMs: 20_000, http2MaxPingsWithoutData: 0 },
    channelOptions: { channelFactoryOverride: createGrpcJsChannelFactory(createChannel) },
  });
  const health = client.getService<Health>("Health");
  expect(await lastValueFrom(health.check({ service: "" }))).toEqual({ status: "SERVING" });
  expect(await lastValueFrom(health.watch({ service: "" }))).toEqual({ status: "SERVING" });
  const failed = lastValueFrom(health.check({ service: "orders" }));
  await expect(failed).rejects.toMatchObject({ code: Status.notFound, details: "no such service" });
  expect(paths).toEqual(["Check", "Watch", "Check"].map((method) => `/grpc.health.v1.Health/${method}`));
  client.close();
});
