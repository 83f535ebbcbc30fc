// Malformed requests get an error response in the format of the protocol, which AWS clients can parse.

import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { json, post, query } from "./aws.ts";
import { echoService, startTestCloud } from "./support.ts";

const JSON_TYPE = "application/x-amz-json-1.1";
const LIST_CLUSTERS = "AmazonEC2ContainerServiceV20141113.ListClusters";

/** Sends raw bytes and resolves to the whole response when the server has closed. */
async function raw(cloud: LocalCloud, text: string): Promise<string> {
  const { hostname, port } = new URL(cloud.apiUrl);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  // The server may close while the client still writes.
  socket.on("error", () => {});
  socket.write(text);
  await once(socket, "close");
  return answer;
}

test("each malformed JSON request gets a JSON error, and the next request succeeds", { timeout: 40_000 }, async () => {
  const cloud = await startTestCloud();
  const cases = [
    [await json(cloud, LIST_CLUSTERS, "{"), 400, "SerializationException"],
    [await json(cloud, LIST_CLUSTERS, "[]"), 400, "SerializationException"],
    [await json(cloud, LIST_CLUSTERS, '"x"'), 400, "SerializationException"],
    [
      await json(cloud, "AmazonEC2ContainerServiceV20141113.DescribeServices", { cluster: 7 }),
      400,
      "SerializationException",
    ],
    [await json(cloud, "AmazonEC2ContainerServiceV20141113.constructor"), 400, "UnknownOperationException"],
    [await json(cloud, "DynamoDB_20120810.ListTables"), 400, "UnknownOperationException"],
    [await json(cloud, "nothing"), 400, "UnknownOperationException"],
    [
      await post(cloud, "{}", { "content-type": "text/plain", "x-amz-target": LIST_CLUSTERS }),
      415,
      "UnsupportedMediaType",
    ],
    [await json(cloud, LIST_CLUSTERS, " ".repeat(2_000_000)), 413, "RequestEntityTooLarge"],
  ] as const;
  for (const [{ status, type, text }, expected, code] of cases) {
    expect({ status, type, code: (JSON.parse(text) as { __type: string }).__type }).toEqual({
      status: expected,
      type: JSON_TYPE,
      code,
    });
  }
  const { status, text } = await json(cloud, LIST_CLUSTERS, "");
  expect({ status, text }).toEqual({
    status: 200,
    text: '{"clusterArns":["arn:aws:ecs:local-1:000000000000:cluster/agent-team-local"]}',
  });
});

test("each malformed query request gets an XML error", async () => {
  const cloud = await startTestCloud();
  const elb = { Version: "2015-12-01" };
  const cases = [
    [await query(cloud, { ...elb, Action: "toString" }), 400, "<ErrorResponse xmlns=", "InvalidAction"],
    [await query(cloud, { Action: "RunInstances", Version: "2016-11-15" }), 400, "<Response><Errors>", "InvalidAction"],
    [
      await query(cloud, { Action: "GetCallerIdentity", Version: "1999-01-01" }),
      400,
      "<ErrorResponse>",
      "InvalidAction",
    ],
    [await query(cloud, { ...elb, Action: "DescribeTargetHealth" }), 400, "<ErrorResponse xmlns=", "MissingParameter"],
    [
      await query(cloud, { ...elb, Action: "DescribeTargetHealth", TargetGroupArn: "<&>" }),
      400,
      "&lt;&amp;&gt;",
      "TargetGroupNotFound",
    ],
    [
      await query(cloud, { Action: "DescribeSecurityGroups", Version: "2016-11-15", "GroupId.1": "sg-1" }),
      400,
      "<Response>",
      "InvalidGroup.NotFound",
    ],
    [await post(cloud, "<x/>", { "content-type": "text/xml" }), 415, "<ErrorResponse>", "UnsupportedMediaType"],
    [
      await post(cloud, "a=".repeat(1_000_000), { "content-type": "application/x-www-form-urlencoded" }),
      413,
      "<ErrorResponse>",
      "RequestEntityTooLarge",
    ],
  ] as const;
  for (const [{ status, type, text }, expected, part, code] of cases) {
    expect({ status, type }, code).toEqual({ status: expected, type: "text/xml" });
    expect(text).toContain(part);
    expect(text).toContain(`<Code>${code}</Code>`);
  }
});

test("a request with a foreign Origin or Host changes nothing and reads nothing", async () => {
  const cloud = await startTestCloud();
  const { host } = new URL(cloud.apiUrl);
  const update = { cluster: "agent-team-local", service: "workflow-agent-service", desiredCount: 3 };
  const ask = (head: string): Promise<string> => {
    const body = JSON.stringify(update);
    const target = "x-amz-target: AmazonEC2ContainerServiceV20141113.UpdateService";
    const length = `content-length: ${body.length}\r\nconnection: close`;
    return raw(
      cloud,
      `POST / HTTP/1.1\r\n${head}\r\ncontent-type: ${JSON_TYPE}\r\n${target}\r\n${length}\r\n\r\n${body}`,
    );
  };
  const cases = [
    ["host: evil.example", 'Host "evil.example": expected localhost, a loopback address or a name of ALLOWED_HOSTS'],
    [
      `host: ${host}\r\norigin: https://evil.example`,
      'Origin "https://evil.example": expected none, or one on loopback or of ALLOWED_HOSTS',
    ],
    [`host: ${host}\r\norigin: null`, 'Origin "null": expected none, or one on loopback or of ALLOWED_HOSTS'],
  ] as const;
  for (const [head, message] of cases) {
    const answer = await ask(head);
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).not.toMatch(/access-control/i);
    expect(JSON.parse(/\{.*\}/s.exec(answer)?.[0] ?? "")).toMatchObject({
      __type: "AccessDeniedException",
      message,
    });
  }
  expect(await raw(cloud, "GET / HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n")).toMatch(
    /^HTTP\/1.1 403 /,
  );
  const form = `host: ${host}\r\norigin: https://evil.example\r\ncontent-length: 0\r\nconnection: close`;
  expect(await raw(cloud, `POST / HTTP/1.1\r\n${form}\r\n\r\n`)).toContain("<Code>AccessDeniedException</Code>");
  const { text } = await json(cloud, "AmazonEC2ContainerServiceV20141113.DescribeServices", {
    cluster: "agent-team-local",
    services: ["workflow-agent-service"],
  });
  expect(JSON.parse(text)).toMatchObject({ services: [{ desiredCount: 2 }] });
  expect(await ask(`host: ${host}\r\norigin: http://localhost:3000`)).toMatch(/^HTTP\/1.1 200 /);
});

test("a request with an allowed Host is accepted", async () => {
  const cloud = await startTestCloud({ services: [echoService({ desired: 0 })], allowedHosts: ["dev.box"] });
  const ask = (host: string): Promise<string> =>
    raw(cloud, `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  expect(await ask("dev.box:4566")).toMatch(/^HTTP\/1.1 200 /);
  expect(await ask("evil.example")).toMatch(/^HTTP\/1.1 403 /);
});

test("a query request gets the XML format of its service", async () => {
  const cloud = await startTestCloud();
  const caller = await query(cloud, { Action: "GetCallerIdentity", Version: "2011-06-15" });
  expect(caller.text).toMatch(
    /<GetCallerIdentityResponse xmlns="[^"]+"><GetCallerIdentityResult>.*<Account>0{12}<.*<ResponseMetadata><RequestId>/,
  );
  const name = "agent-team-local-workflow-engine";
  const filter = { "Filter.1.Name": "group-name", "Filter.1.Value.1": name };
  const groups = await query(cloud, { Action: "DescribeSecurityGroups", Version: "2016-11-15", ...filter });
  expect(groups.text).toMatch(/<DescribeSecurityGroupsResponse xmlns="[^"]+"><requestId>[^<]+<\/requestId>/);
  expect(groups.text.match(/<groupName>[^<]+/g)).toEqual([`<groupName>${name}`]);
  expect(groups.text).toContain("<ipPermissions><item><ipProtocol>tcp</ipProtocol><fromPort>50050</fromPort>");
});

test.each([
  ["s3", "GET", "/", "text/xml"],
  ["route53", "GET", "/2013-04-01/hostedzone", "text/xml"],
  ["lambda", "GET", "/2015-03-31/functions", "application/json"],
  ["xray", "POST", "/Groups", "application/json"],
])(
  "a client of the REST service %s gets an error that it can parse and does not retry",
  async (service, method, path, type) => {
    const cloud = await startTestCloud();
    const credential = `Credential=local/20260101/local-1/${service}/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0`;
    const response = await fetch(`${cloud.apiUrl}${path}`, { method, headers: { authorization } });
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toBe(type);
    const text = await response.text();
    expect(text).toContain(`The local cloud has no service ${service}.`);
    if (type === "text/xml") expect(text).toContain("<Code>UnknownOperationException</Code>");
    else expect(response.headers.get("x-amzn-errortype")).toBe("UnknownOperationException");
  },
);

test("GET / identifies the cloud, and other paths and methods are 404", async () => {
  const cloud = await startTestCloud();
  expect(await (await fetch(cloud.apiUrl)).json()).toEqual({
    service: "agent-team local cloud",
    name: "agent-team-local",
    pid: process.pid,
  });
  expect((await fetch(`${cloud.apiUrl}/else`)).status).toBe(404);
  expect((await fetch(cloud.apiUrl, { method: "DELETE" })).status).toBe(404);
});

test("bytes that are not HTTP get 400, and a body above the limit gets 413 before it is complete", async () => {
  const cloud = await startTestCloud();
  expect(await raw(cloud, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).toMatch(/^HTTP\/1.1 400 /);
  const head = `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${JSON_TYPE}\r\nx-amz-target: ${LIST_CLUSTERS}\r\n`;
  const answer = await raw(cloud, `${head}content-length: 999999999\r\n\r\n${" ".repeat(1_100_000)}`);
  expect(answer).toMatch(/^HTTP\/1.1 413 .*connection: close/is);
});

test("the API uses a free port when its port is taken, and frees its port at the end", async () => {
  const first = await startTestCloud({ services: [echoService({ desired: 0 })], apiPort: 0 });
  const apiPort = Number(new URL(first.apiUrl).port);
  const vpc = "127.39.0.0/16";
  const second = await startTestCloud({ services: [echoService({ desired: 0 })], vpc, apiPort });
  expect(second.apiUrl).not.toBe(first.apiUrl);
  await first.close();
  const third = await startTestCloud({ services: [echoService({ desired: 0 })], apiPort });
  expect(third.apiUrl).toBe(first.apiUrl);
});
