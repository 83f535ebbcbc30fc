// A balancer, a client and an operator read the state and the services of a server.
import {
  Health,
  reflection,
  reflectionAlpha,
  HealthCheckResponse_ServingStatus as Serving,
  WorkflowEngineService,
} from "@agent-team/contracts";
import { type ChannelEvent, createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const services = [service(WorkflowEngineService, {})];
const engine = WorkflowEngineService.typeName;

test("Check has an answer for the server and each service, and NOT_FOUND for any other name", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  const check = async (name: string): Promise<unknown> =>
    (await client.unary(Health.method.check, { service: name })).response.status;

  for (const name of ["", engine, Health.typeName]) expect(await check(name)).toBe(Serving.SERVING);
  expect(await errorOf(check("other.Service"))).toMatchObject({ code: status.NOT_FOUND });
});

test("while a store is unavailable the task stays ready, and its services are NOT_SERVING", async () => {
  let isAvailable = false;
  const dependencies = [{ name: "store", isAvailable: () => isAvailable }];
  await using server = await serveOnLoopback({ services, dependencies });
  using client = new TestClient(server.port);
  const readyz = async (): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${server.sidePort}/readyz`);
    return [response.status, await response.text()];
  };
  const list = async (): Promise<unknown> => {
    const { statuses } = (await client.unary(Health.method.list, {})).response;
    return ["", engine].map((name) => statuses[name]?.status);
  };

  expect(await readyz()).toEqual([200, "ready\nstore: away\n"]);
  expect(await list()).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  isAvailable = true;
  expect(await readyz()).toEqual([200, "ready\nstore: available\n"]);
  expect(await list()).toEqual([Serving.SERVING, Serving.SERVING]);
});

test("List names every service, as Check does", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  const { statuses } = (await client.unary(Health.method.list, {})).response;

  expect(Object.keys(statuses).sort()).toEqual(["", engine, Health.typeName].sort());
});

test("Watch sends the status at once and again when a drain begins, and does not delay the drain", async () => {
  await using server = await serveOnLoopback(
    { services },
    { LAME_DUCK_MS: "50", LAME_DUCK_QUIET_MS: "0", STOP_TIMEOUT_MS: "60000" },
  );
  using client = new TestClient(server.port);
  const watch = messagesOf(client.serverStream(Health.method.watch, { service: engine }));

  expect((await nextOf(watch)).status).toBe(Serving.SERVING);
  const stopped = server.drain();
  expect((await nextOf(watch)).status).toBe(Serving.NOT_SERVING);
  expect(await errorOf(watch.next())).toMatchObject({ code: status.UNAVAILABLE, details: "draining" });
  await stopped;
});

test("our client follows Watch: it leaves a server while its store is away and in its lame duck, and loses no call", async () => {
  let isAvailable = true;
  const dependencies = [{ name: "store", isAvailable: () => isAvailable }];
  const lameDuck = { LAME_DUCK_MS: "2000", LAME_DUCK_QUIET_MS: "0", STOP_TIMEOUT_MS: "60000" };
  await using sick = await serveOnLoopback({ services, dependencies }, lameDuck);
  await using well = await serveOnLoopback({ services });
  await using channel = createChannel(`ipv4:127.0.0.1:${sick.port},127.0.0.1:${well.port}`, { healthService: engine });
  const health = createClient(Health, createConnectTransport(channel));
  const news: string[] = [];
  channel.on((event: ChannelEvent) => {
    if (event.type === "health-changed" && event.endpoint.endsWith(`:${sick.port}`)) news.push(event.health);
  });
  const hears = (...expected: string[]): Promise<void> =>
    vi.waitFor(() => expect(news).toEqual(expected), { timeout: 30_000 });
  const answers = async (): Promise<unknown[]> =>
    await Promise.all(Array.from({ length: 20 }, async () => (await health.check({ service: engine })).status));
  const allServing = Array.from({ length: 20 }, () => Serving.SERVING);

  await hears("serving");
  expect(await answers()).toEqual(allServing);
  isAvailable = false;
  await hears("serving", "not-serving");
  const endpoints = channel.snapshot().tiers.flatMap((tier) => tier.endpoints);
  expect(endpoints.find(({ address }) => address.endsWith(`:${sick.port}`))).toMatchObject({
    connectivity: "transient-failure",
    connections: 1,
    lastError: `127.0.0.1:${sick.port} says NOT_SERVING for ${engine}`,
  });
  // Each answer that came from the sick server would say NOT_SERVING.
  expect(await answers()).toEqual(allServing);
  isAvailable = true;
  await hears("serving", "not-serving", "serving");
  const stopped = sick.drain();
  await hears("serving", "not-serving", "serving", "not-serving");
  expect(await answers()).toEqual(allServing);
  await channel.close();
  await stopped;
});

test("Watch of an unknown service sends SERVICE_UNKNOWN and stays open", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  const call = client.serverStream(Health.method.watch, { service: "other.Service" });
  const watch = messagesOf(call);

  expect((await nextOf(watch)).status).toBe(Serving.SERVICE_UNKNOWN);
  expect((await client.unary(Health.method.check, {})).response.status).toBe(Serving.SERVING);
  expect(call.closed).toBe(false);
  call.cancel();
  await errorOf(watch.next());
});

test("metrics count the calls by status", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  await client.unary(Health.method.check, {});
  await client.unary(Health.method.check, {});
  await errorOf(client.unary(WorkflowEngineService.method.getWorkflow, {}));

  const text = await (await fetch(`http://127.0.0.1:${server.sidePort}/metrics`)).text();

  expect(text).toContain('\ngrpc_server_handled_total{grpc_code="OK"} 2\n');
  expect(text).toContain('\ngrpc_server_handled_total{grpc_code="UNIMPLEMENTED"} 1\n');
  expect(text).toContain("\ngrpc_server_in_flight 0\n");
  expect(text).toMatch(/^process_start_time_seconds \d{10}\.\d{3}$/m);
});

const versions = [reflection.ServerReflection, reflectionAlpha.ServerReflection] as const;

test.for(versions.map((version) => [version.typeName, version] as const))(
  "%s lists the services and has their files, and an unknown name is an answer, not the end of the stream",
  async ([, version]) => {
    await using server = await serveOnLoopback({ services });
    using client = new TestClient(server.port);
    // v1alpha has the messages of v1, so one test is for both.
    const { method } = version as typeof reflection.ServerReflection;
    const call = client.bidi(method.serverReflectionInfo);
    const answers = messagesOf(call);
    const ask = async (messageRequest: reflection.ServerReflectionRequest["messageRequest"]) => {
      call.write({ messageRequest });
      return (await nextOf(answers)).messageResponse;
    };

    const listed = await ask({ case: "listServices", value: "" });
    expect(listed.case === "listServicesResponse" && listed.value.service.map(({ name }) => name).sort()).toEqual(
      [engine, Health.typeName, ...versions.map(({ typeName }) => typeName)].sort(),
    );
    expect(await ask({ case: "fileContainingSymbol", value: "other.Service" })).toMatchObject({
      case: "errorResponse",
      value: { errorCode: status.NOT_FOUND },
    });
    const found = await ask({ case: "fileContainingSymbol", value: engine });
    const files = found.case === "fileDescriptorResponse" ? found.value.fileDescriptorProto : [];
    const [file] = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
    expect(file?.service.map(({ name }) => name)).toEqual(["WorkflowEngineService"]);
    call.end();
  },
);

test("production serves no reflection", async () => {
  await using server = await serveOnLoopback(
    { services },
    { ENVIRONMENT: "production", IDENTITY_SECRET: "x".repeat(32) },
  );
  using client = new TestClient(server.port);
  const call = client.bidi(reflection.ServerReflection.method.serverReflectionInfo);

  expect(await errorOf(messagesOf(call).next())).toMatchObject({ code: status.UNIMPLEMENTED });
});
