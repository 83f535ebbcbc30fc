// The caller of a call is checked before its handler runs, or the call ends.
import { ErrorInfoSchema, Health, reflection, StatusSchema } from "@agent-team/contracts";
import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import type { HandlerContext } from "@connectrpc/connect";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { z } from "zod";
import {
  createIdentitySigner,
  IDENTITY_HEADER,
  type IdentitySigner,
  identityOf,
  readConfig,
  serverConfigShape,
  service,
} from "../src/index.ts";
import { errorOf, messagesOf, nextOf, TestClient } from "./client.ts";
import { Echo } from "./echo.ts";
import { Program } from "./program.ts";
import { serveOnLoopback } from "./serve-on-loopback.ts";

const [first, second] = ["first-secret-of-32-bytes-or-more!", "second-secret-of-32-bytes-or-more"];
const ada = { subject: "ada", scopes: ["admin"] };

function signer(secret: string, clock = systemClock): IdentitySigner {
  const config = readConfig(z.object(serverConfigShape({ defaultPort: 0 })), { IDENTITY_SECRET: secret });
  const secrets = config.IDENTITY_SECRET ?? expect.fail("the secret was not read");
  return createIdentitySigner(secrets, clock);
}

function metadata(...tokens: readonly string[]): { metadata: Metadata } {
  const all = new Metadata();
  for (const token of tokens) all.add(IDENTITY_HEADER, token);
  return { metadata: all };
}

/** Answers the caller's identity. */
const identityEcho = service(Echo, {
  unary: (_, context) => ({ value: JSON.stringify(identityOf(context)) }),
});

function reasonOf(error: ServiceError): string | undefined {
  const bytes = error.metadata.get("grpc-status-details-bin")[0];
  const [detail] = Buffer.isBuffer(bytes) ? fromBinary(StatusSchema, bytes).details : [];
  const info = detail === undefined ? undefined : anyUnpack(detail, ErrorInfoSchema);
  return info?.domain === "agentteam" ? info.reason : undefined;
}

test("a handler gets the caller's identity", async () => {
  await using server = await serveOnLoopback({ services: [identityEcho] }, { IDENTITY_SECRET: first });
  using client = new TestClient(server.port);
  const token = signer(first).sign(ada, "test", 1_000);

  const { response } = await client.unary(Echo.method.unary, {}, metadata(token));

  expect(JSON.parse(response.value)).toEqual(ada);
});

test("without IDENTITY_SECRET all calls belong to local", async () => {
  await using server = await serveOnLoopback({ services: [identityEcho] });
  using client = new TestClient(server.port);

  const { response } = await client.unary(Echo.method.unary, {});

  expect(JSON.parse(response.value)).toEqual({ subject: "local", scopes: ["admin"] });
});

test("an identity that cannot be checked is refused, and not treated as local", async () => {
  await using server = await serveOnLoopback({ services: [identityEcho] });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, {}, metadata(signer(first).sign(ada, "test", 1_000))));

  expect([error.code, reasonOf(error)]).toEqual([status.UNAUTHENTICATED, "IDENTITY_UNCHECKED"]);
});

const past = new FakeClock();

test.for([
  ["none", [], "IDENTITY_MISSING"],
  ["two", [signer(first).sign(ada, "test", 1_000), signer(first).sign(ada, "test", 1_000)], "IDENTITY_MALFORMED"],
  ["garbage", ["x"], "IDENTITY_MALFORMED"],
  ["an empty one", [""], "IDENTITY_MALFORMED"],
  ["another secret's", [signer("x".repeat(32)).sign(ada, "test", 1_000)], "IDENTITY_FORGED"],
  ["one for another service", [signer(first).sign(ada, "workflow-engine", 1_000)], "IDENTITY_MISDIRECTED"],
  ["one that has expired", [signer(first, past).sign(ada, "test", 1_000)], "IDENTITY_EXPIRED"],
] as const)("a call with %s is refused with its reason", async ([, tokens, reason]) => {
  await using server = await serveOnLoopback({ services: [identityEcho] }, { IDENTITY_SECRET: first });
  using client = new TestClient(server.port);

  const error = await errorOf(client.unary(Echo.method.unary, {}, metadata(...tokens)));

  expect([error.code, reasonOf(error)]).toEqual([status.UNAUTHENTICATED, reason]);
  for (const token of tokens.filter((each) => each.length > 1)) expect(JSON.stringify(server.log)).not.toContain(token);
});

test("no handler of any kind runs for a refused call, nor for bytes that are not a message", async () => {
  const ran = vi.fn();
  const services = [
    service(Echo, {
      unary: ran,
      serverStream: ran,
      clientStream: ran,
      bidi: ran,
    }),
  ];
  await using server = await serveOnLoopback({ services }, { IDENTITY_SECRET: first });
  using client = new TestClient(server.port);
  const upload = client.clientStream(Echo.method.clientStream);
  upload.call.end();
  const chat = client.bidi(Echo.method.bidi);
  chat.end();

  const errors = await Promise.all(
    [
      client.unary(Echo.method.unary, {}),
      client.unary(Echo.method.unary, Buffer.from([0x0a, 0xff])),
      messagesOf(client.serverStream(Echo.method.serverStream, {})).next(),
      upload.response,
      messagesOf(chat).next(),
    ].map(errorOf),
  );

  expect(errors.map(({ code }) => code)).toEqual(Array(5).fill(status.UNAUTHENTICATED));
  expect(ran).not.toHaveBeenCalled();
});

test("health and reflection need no identity", async () => {
  await using server = await serveOnLoopback({ services: [identityEcho] }, { IDENTITY_SECRET: first });
  using client = new TestClient(server.port);
  const { serverReflectionInfo } = reflection.ServerReflection.method;
  const questions = client.bidi(serverReflectionInfo);
  questions.write({ messageRequest: { case: "listServices", value: "" } });

  expect((await client.unary(Health.method.check, {})).response.status).toBe(1);
  expect((await nextOf(messagesOf(client.serverStream(Health.method.watch, {})))).status).toBe(1);
  expect((await nextOf(messagesOf(questions))).messageResponse.case).toBe("listServicesResponse");
  questions.end();
});

const steps = [first, `${first},${second}`, `${second},${first}`, second];

test("a secret is replaced in three steps, in any order of gateway and services, and no call fails", async () => {
  for (const [index, after] of steps.entries()) {
    const neighbours = steps.slice(Math.max(0, index - 1), index + 2);
    await using server = await serveOnLoopback({ services: [identityEcho] }, { IDENTITY_SECRET: after });
    using client = new TestClient(server.port);
    for (const signs of neighbours) {
      const { response } = await client.unary(Echo.method.unary, {}, metadata(signer(signs).sign(ada, "test", 1_000)));
      expect(JSON.parse(response.value)).toMatchObject(ada);
    }
  }
});

test("identityOf fails if the server has not checked the caller", () => {
  const values = { get: (key: { readonly defaultValue: unknown }) => key.defaultValue };

  expect(() => identityOf({ values } as unknown as HandlerContext)).toThrow(/has not checked the caller/);
});

test("an identity expires 30 s after its call, and without a deadline after 10 min", () => {
  const clock = new FakeClock();
  const expOf = (timeoutMs: number | undefined): number => {
    const [, payload = ""] = signer(first, clock).sign(ada, "test", timeoutMs).split(".");
    return JSON.parse(Buffer.from(payload, "base64url").toString()).exp - clock.wallNow() / 1_000;
  };

  expect(expOf(10_000)).toBeCloseTo(40, -0.5);
  expect(expOf(undefined)).toBeCloseTo(600, -0.5);
});

test("in production without IDENTITY_SECRET a server does not start, and the reason is one line", async () => {
  await using program = new Program({ ENVIRONMENT: "production" });

  expect(await program.exited).toBe(1);
  expect(program.stderr).toMatch(/^IDENTITY_SECRET is not set: expected [^\n]*ENVIRONMENT=production[^\n]*\n$/);
});
