// The OpenAPI document: of all routes and of no others, served to everybody, and without what generators of clients misread.

import { systemClock } from "@agent-team/foundation/clock";
import { createLogger } from "@agent-team/grpc-server";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { createEngineClient } from "../src/clients/engine-client.ts";
import { readGatewayConfig } from "../src/config.ts";
import { openApiDocument } from "../src/openapi/document.ts";
import { PROBLEM_SCHEMA } from "../src/openapi/problem-schema.ts";
import { OPERATIONS } from "../src/routes/operations.ts";
import { startTestGateway } from "./test-gateway.ts";

const document = openApiDocument(OPERATIONS);
const text = JSON.stringify(document);

/** For people, and the document itself. */
const UNDOCUMENTED = ["GET /", "GET /docs", "GET /openapi.json"];

test("each route is an operation, and each operation is a route", async () => {
  const config = readGatewayConfig({});
  const backend = { transport: {}, on: () => () => {}, snapshot: () => ({}), close: async () => {} } as never;
  const engine = createEngineClient({ backend });
  const app = createApp({
    ...{
      config,
      engine,
      workflow: {} as never,
      limits: {} as never,
      streams: {} as never,
      tickets: {} as never,
      page: {} as never,
      onBrokenOff: () => {},
      clock: systemClock,
      logger: createLogger(config, "test"),
    },
    ...{ authenticate: async () => ({ subject: "local", scopes: [] }), stopping: new AbortController().signal },
  });
  const routes = app.routes
    .filter(({ method }) => method !== "ALL")
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const operations = OPERATIONS.map(({ method, path }) => `${method.toUpperCase()} ${path}`);

  expect([...new Set(routes)].toSorted()).toEqual([...operations, ...UNDOCUMENTED].toSorted());
});

test("a public validator finds no fault in it, and finds one that is made", async () => {
  expect(await new Validator().validate(JSON.parse(text))).toEqual({ valid: true });
  expect(
    await new Validator().validate({ ...JSON.parse(text), paths: { "/v1": { get: { responses: 3 } } } }),
  ).toMatchObject({ valid: false });
});

test("each reference has its schema, each schema is used, and the names of operations differ", () => {
  const used = new Set([...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => String(name)));
  expect([...used].toSorted()).toEqual(Object.keys(document.components.schemas).toSorted());
  expect(new Set(OPERATIONS.map(({ id }) => id)).size).toBe(OPERATIONS.length);
});

test("no type is a list of types or null, and enum values have their short names", () => {
  expect(text).not.toMatch(/"type":\[|"null"|RUN_STATE_|NODE_TYPE_/);
  expect(document.components.schemas["RunState"]).toMatchObject({
    type: "string",
    enum: expect.arrayContaining(["FAILED"]),
  });
});

test("a message, the check of a request and a query are written as a caller sends them", () => {
  expect(document.components.schemas["Run"]).toMatchObject({
    properties: { create_time: { type: "string", format: "date-time" }, workflow_version: { type: "integer" } },
  });
  expect(document.paths["/v1/conversations/{id}/messages"]?.["post"]).toMatchObject({
    requestBody: {
      content: { "application/json": { schema: { required: ["message"], additionalProperties: false } } },
    },
    responses: { 200: { content: { "text/event-stream": {} } }, 202: {}, default: {} },
  });
  expect(document.paths["/v1/runs/{id}/rerun"]?.["post"]).toMatchObject({
    requestBody: {
      required: false,
      content: {
        "application/json": {
          schema: { properties: { from: { $ref: "#/components/schemas/RerunFrom" }, request_id: { type: "string" } } },
        },
      },
    },
  });
  expect(document.paths["/v1/runs"]?.["get"]?.["parameters"]).toMatchObject([
    { name: "page_size", in: "query" },
    { name: "page_token", in: "query" },
    { name: "workflow_id", in: "query" },
    { name: "state", in: "query" },
    { name: "if-none-match", in: "header" },
  ]);
});

test("each parameter, and each field of a body that is no message of a service, says what it is", () => {
  const undescribed: string[] = [];
  const note = (where: string, { description }: { readonly description?: unknown }): void => {
    if (typeof description !== "string" || description === "") undescribed.push(where);
  };
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const { parameters, requestBody } = operation as unknown as Described;
      for (const parameter of parameters) note(`${method} ${path}: ${parameter.name}`, parameter);
      const { properties, additionalProperties } = requestBody?.content["application/json"]?.schema ?? {};
      if (additionalProperties !== false) continue; // of messages, which have their comments in the protos
      for (const [name, field] of Object.entries(properties ?? {})) note(`${method} ${path}: body.${name}`, field);
    }
  }
  expect(undescribed).toEqual([]);
});

interface Described {
  readonly parameters: readonly { readonly name: string; readonly description?: string }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<
        string,
        {
          readonly schema: {
            readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
            readonly additionalProperties?: boolean;
          };
        }
      >
    >;
  };
}

test("what a route reads of If-Match is in its description", () => {
  const withIfMatch = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { parameters }]) =>
      (parameters as Described["parameters"]).some(({ name }) => name === "if-match") ? [`${method} ${path}`] : [],
    ),
  );
  expect(withIfMatch).toEqual(["put /v1/workflows/{id}", "delete /v1/workflows/{id}"]);
});

test("document and page are served without credentials, and the page needs no script", async () => {
  const env = { AUTH_MODE: "api_key", API_KEYS: `ci:${"0".repeat(64)}`, IDENTITY_SECRET: "x".repeat(32) };
  await using gateway = await startTestGateway({ env });
  const served = await fetch(`${gateway.url}/openapi.json`);
  const page = await fetch(`${gateway.url}/docs`);
  const html = await page.text();

  expect(await served.text()).toBe(text);
  expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
  expect(page.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src/);
  for (const { path, id } of OPERATIONS)
    expect(html).toMatch(new RegExp(`<details id="${id}">.*${path.replaceAll(/[{}]/g, ".")}`));
  expect(html).not.toContain("<script");
});

test("a problem document has what its schema says", async () => {
  await using gateway = await startTestGateway();
  const members = Object.keys((await (await fetch(`${gateway.url}/v1/nothing`)).json()) as object);
  const { required, properties } = PROBLEM_SCHEMA as { required: readonly string[]; properties: object };

  expect(members).toEqual(expect.arrayContaining([...required]));
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(members));
});
