import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import { foreignRequest } from "../http-guard.ts";
import { closeServer, listen } from "../listen.ts";
import { ApiError } from "./api-error.ts";
import { createCloudMap } from "./cloud-map.ts";
import type { CloudView } from "./cloud-view.ts";
import { cloudwatchJson, cloudwatchQuery } from "./cloudwatch.ts";
import { ec2 } from "./ec2.ts";
import { ecs } from "./ecs.ts";
import { elb } from "./elb.ts";
import { logs } from "./logs.ts";
import { ssm } from "./ssm.ts";
import { sts } from "./sts.ts";
import type { Answer } from "./wire/answer.ts";
import { answerJson, refused as refusedJson } from "./wire/json.ts";
import { answerQuery, refused as refusedQuery } from "./wire/query.ts";
import { refusedRest, signedFor } from "./wire/rest.ts";

export interface ApiServer {
  /** `AWS_ENDPOINT_URL` for clients. */
  readonly url: string;
  close(): Promise<void>;
}

/** The limits of AWS for these services are lower; a usual request has a few hundred bytes. */
const MAX_BODY_BYTES = 1_048_576;
/** A request from this machine arrives at once. One that is incomplete after this time is closed. */
const REQUEST_TIMEOUT_MS = 10_000;
/** An SDK client opens up to 50. Together with `MAX_BODY_BYTES` it bounds the memory of all bodies. */
const MAX_CONNECTIONS = 512;

/**
 * Serves the AWS APIs of the cloud on `port` of 127.0.0.1, or on a free port when it is taken. All services share one
 * address; a prefix of the host name (`data-…`) is ignored. Every request gets a response, also a malformed one.
 */
export async function startApiServer(
  port: number,
  allowedHosts: readonly string[],
  cloud: CloudView,
): Promise<ApiServer> {
  const json = [ecs, createCloudMap(), logs, ssm, cloudwatchJson];
  const query = [elb, ec2, sts, cloudwatchQuery];

  const answer = async (request: IncomingMessage): Promise<Answer> => {
    const target = request.headers["x-amz-target"];
    const type = request.headers["content-type"] ?? "";
    const refused = typeof target === "string" ? refusedJson : refusedQuery;
    const foreign = foreignRequest(request, allowedHosts);
    if (foreign !== undefined) return refused(new ApiError("AccessDeniedException", foreign, 403));
    const service = signedFor(request);
    if (request.method === "GET" && request.url === "/" && service === undefined) return introduction(cloud);
    if (request.method !== "POST" || request.url !== "/") {
      if (service !== undefined) return refusedRest(service);
      return refused(new ApiError("InvalidRequest", `expected POST /, got ${request.method} ${request.url}`, 404));
    }
    const body = await readBody(request);
    if (body === undefined) {
      return refused(new ApiError("RequestEntityTooLarge", `The body is larger than ${MAX_BODY_BYTES} bytes.`, 413));
    }
    if (typeof target === "string" && /^application\/x-amz-json-1\.[01]\b/.test(type)) {
      return answerJson(target, body, json, cloud);
    }
    if (target === undefined && /^application\/x-www-form-urlencoded\b/.test(type))
      return answerQuery(body, query, cloud);
    const expected = "application/x-amz-json-1.1 with X-Amz-Target, or application/x-www-form-urlencoded without it";
    return refused(
      new ApiError("UnsupportedMediaType", `content-type: expected ${expected}, got ${type || "none"}`, 415),
    );
  };

  const server = createServer((request, response) => void respond(request, response, answer));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  const bound = await bind(port, (address) => listen(server, address));
  return {
    url: `http://${formatHostPort(bound)}`,
    async close() {
      server.closeAllConnections();
      await closeServer(server);
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: IncomingMessage) => Promise<Answer>,
): Promise<void> {
  // A client that disconnects is not an error of the cloud.
  for (const stream of [request, response]) stream.on("error", () => {});
  let answered: Answer;
  try {
    answered = await answer(request);
  } catch (error) {
    // A bug must not end the cloud, and the client must get a response.
    const refused = request.headers["x-amz-target"] === undefined ? refusedQuery : refusedJson;
    answered = refused(new ApiError("InternalFailure", String(error), 500));
  }
  // After a body that was not read completely the connection cannot be reused.
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(answered.status, answered.headers);
  response.end(answered.body);
}

/** Undefined for a body above the limit; the rest of it is not read. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** Identifies the cloud, for people and for `agent-team env`, which checks whether the cloud still runs. */
function introduction({ name }: CloudView): Answer {
  return {
    status: 200,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ service: "agent-team local cloud", name, pid: process.pid }),
  };
}

async function bind(port: number, start: (address: HostPort) => Promise<HostPort>): Promise<HostPort> {
  const host = "127.0.0.1";
  try {
    return await start({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return start({ host, port: 0 });
  }
}
