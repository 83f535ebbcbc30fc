// A balancer, a client and an operator ask a server how it is and what it serves.
import {
  Health,
  reflection,
  HealthCheckResponse_ServingStatus as Serving,
  WorkflowEngineService,
} from "@agent-team/contracts";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { service } from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const services = [service(WorkflowEngineService, {})];
const engine = WorkflowEngineService.typeName;

test("Check answers for the server and for each service, and NOT_FOUND for any other", async () => {
  let ready = true;
  await using server = await serveOnLoopback({ services, isReady: () => ready });
  using client = new TestClient(server.port);
  const check = async (name: string): Promise<unknown> =>
    (await client.unary(Health.method.check, { service: name })).response.status;

  for (const name of ["", engine, Health.typeName]) expect(await check(name)).toBe(Serving.SERVING);
  expect(await errorOf(check("other.Service"))).toMatchObject({ code: status.NOT_FOUND });
  ready = false;
  for (const name of ["", engine]) expect(await check(name)).toBe(Serving.NOT_SERVING);
});

test("readyz and Check agree", async () => {
  let ready = false;
  await using server = await serveOnLoopback({ services, isReady: () => ready });
  const readyz = async (): Promise<number> => (await fetch(`http://127.0.0.1:${server.sidePort}/readyz`)).status;

  expect(await readyz()).toBe(503);
  ready = true;
  expect(await readyz()).toBe(200);
});

test("Watch tells the state at once and again when a drain begins, and does not hold the drain up", async () => {
  await using server = await serveOnLoopback({ services }, { LAME_DUCK_MS: "50", STOP_TIMEOUT_MS: "60000" });
  using client = new TestClient(server.port);
  const watch = messagesOf(client.serverStream(Health.method.watch, { service: engine }));

  expect((await nextOf(watch)).status).toBe(Serving.SERVING);
  const stopped = server.drain();
  expect((await nextOf(watch)).status).toBe(Serving.NOT_SERVING);
  expect(await errorOf(watch.next())).toMatchObject({ code: status.UNAVAILABLE, details: "draining" });
  await stopped;
});

test("Watch of an unknown service says so and stays open", async () => {
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

test("metrics count what was served", async () => {
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

test("reflection names the services and hands out their files, and an unknown one is an answer, not an end", async () => {
  await using server = await serveOnLoopback({ services });
  using client = new TestClient(server.port);
  const call = client.bidi(reflection.ServerReflection.method.serverReflectionInfo);
  const answers = messagesOf(call);
  const ask = async (messageRequest: reflection.ServerReflectionRequest["messageRequest"]) => {
    call.write({ messageRequest });
    return (await nextOf(answers)).messageResponse;
  };

  const listed = await ask({ case: "listServices", value: "" });
  expect(listed.case === "listServicesResponse" && listed.value.service.map(({ name }) => name).sort()).toEqual(
    [engine, Health.typeName, reflection.ServerReflection.typeName].sort(),
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
});

test("production serves no reflection", async () => {
  await using server = await serveOnLoopback(
    { services },
    { ENVIRONMENT: "production", IDENTITY_SECRET: "x".repeat(32) },
  );
  using client = new TestClient(server.port);
  const call = client.bidi(reflection.ServerReflection.method.serverReflectionInfo);

  expect(await errorOf(messagesOf(call).next())).toMatchObject({ code: status.UNIMPLEMENTED });
});
