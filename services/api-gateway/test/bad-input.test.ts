// The gateway refuses a bad request in one form, with the position of the fault, and calls no service for it.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Problem } from "../src/problem.ts";
import { BAD_REQUESTS, type BadRequest, MESSAGES } from "./bad-requests.ts";
import { startTestGateway, type TestGateway } from "./test-gateway.ts";

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway(); // its services implement nothing: a request that reaches them is 501
});
afterAll(() => gateway[Symbol.asyncDispose]());

test.each(BAD_REQUESTS)("$what gets $status $reason", async (request) => {
  const response = await send(request);
  const problem = (await response.json()) as Problem;

  expect(response.status).toBe(request.status);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(response.headers.get("x-request-id")).toMatch(/./);
  expect(problem).toMatchObject({ type: "about:blank", status: request.status, reason: request.reason });
  expect(problem.detail).toMatch(request.detail);
  expect(problem.errors?.map(({ field }) => field)).toEqual(request.fields ?? problem.errors?.map(() => ""));
  expect(problem.trace_id).toMatch(/^[0-9a-f]{32}$/);
  expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.ts:|node_modules/);
});

test("a wrong method is 405 with the allowed ones", async () => {
  const response = await fetch(`${gateway.url}/v1/workflows`, { method: "DELETE" });
  expect([response.status, response.headers.get("allow")]).toEqual([405, "POST, GET, HEAD"]);
  await response.body?.cancel();
});

test("a method that the service does not implement is 501", async () => {
  const response = await fetch(`${gateway.url}/v1/node-types`);
  expect(await response.json()).toMatchObject({ status: 501, code: "UNIMPLEMENTED" });
});

test("a defect is 500 without detail, and its stack is in the log", async () => {
  const inexpressible = { seconds: 10n ** 15n }; // no RFC 3339 time
  await using broken = await startTestGateway({ engine: { getRun: () => ({ run: { createTime: inexpressible } }) } });
  const problem = (await (await fetch(`${broken.url}/v1/runs/r`)).json()) as Problem;

  expect(problem).toMatchObject({ status: 500, code: "INTERNAL", detail: "internal error" });
  const line = broken.log.find(({ level }) => level === "error");
  expect(line).toMatchObject({ trace_id: problem.trace_id, err: { stack: expect.stringContaining("Timestamp") } });
});

function send({ method = "POST", path = MESSAGES, headers = {}, body }: BadRequest): Promise<Response> {
  return fetch(`${gateway.url}${path}`, {
    method,
    headers: method === "GET" ? headers : { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body }),
  });
}
