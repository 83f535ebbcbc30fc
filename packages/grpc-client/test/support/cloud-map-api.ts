/** The part of Cloud Map's API that discovery uses, on loopback, with a behaviour that the test sets. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { AwsEnvironment } from "./aws-environment.ts";
import { until } from "./until.ts";

/**
 * `answer`: the registered instances. An object: AWS's error of that name. The others are failures of servers: `half` sends the
 * headers and a part of the body; `hang-up-when-kept` closes every connection that was used before.
 */
export type Behaviour =
  | "answer"
  | "silent"
  | "half"
  | "garbage"
  | "no-json"
  | "hang-up"
  | "hang-up-when-kept"
  | Refusal;

export interface Refusal {
  readonly status: number;
  readonly error: string;
}

export interface RegisteredInstance {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly healthy?: boolean | undefined;
}

/** A task, registered as ECS does it. */
export function task(host: string, attributes: Readonly<Record<string, string>> = {}): RegisteredInstance {
  return { id: `task-${host}`, attributes: { AWS_INSTANCE_IPV4: host, AWS_INSTANCE_PORT: "50051", ...attributes } };
}

export class TestCloudMapApi {
  behaviour: Behaviour = "answer";
  /** The operations of the requests, oldest first: `DiscoverInstances`, `DiscoverInstancesRevision`. */
  readonly requests: string[] = [];
  /** The inputs of the requests. */
  readonly inputs: unknown[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #used = new WeakSet<Socket>();
  readonly #environment: AwsEnvironment;
  #instances: readonly RegisteredInstance[] = [];
  #revision = 1;

  private constructor(server: Server) {
    this.#server = server;
    const { port } = server.address() as AddressInfo;
    this.#environment = new AwsEnvironment({ AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
    server.on("request", (request, response) => void this.#didRequest(request, response));
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** AWS's variables of this process point to it until it is disposed. */
  static async listen(): Promise<TestCloudMapApi> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new TestCloudMapApi(server);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  /** Number of requests for the whole list. */
  get wholeListRequests(): number {
    return this.requests.filter((operation) => operation === "DiscoverInstances").length;
  }

  /** Replaces the registered instances. */
  setInstances(instances: readonly RegisteredInstance[]): void {
    this.#instances = instances;
    this.#revision++;
  }

  /** Makes the instances with these ids unhealthy and all others healthy. As in AWS, the revision does not change. */
  setUnhealthy(...ids: readonly string[]): void {
    this.#instances = this.#instances.map((instance) => ({ ...instance, healthy: !ids.includes(instance.id) }));
  }

  /** Resolves when that many requests have come since the start. */
  async asked(count: number): Promise<void> {
    await until(() => this.requests.length >= count, `${count} requests, ${this.requests.length} came`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#environment[Symbol.dispose]();
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #didRequest(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const input = JSON.parse(Buffer.concat(chunks).toString()) as Input;
    const operation = String(request.headers["x-amz-target"]).replace("Route53AutoNaming_v20170314.", "");
    this.requests.push(operation);
    this.inputs.push(input);
    const { behaviour } = this;
    switch (behaviour) {
      case "silent":
        return;
      case "hang-up":
        return void request.socket.destroy();
      case "hang-up-when-kept":
        if (this.#used.has(request.socket)) return void request.socket.destroy();
        return this.#reply(request, response, this.#answer(operation, input));
      case "half":
        return void response.writeHead(200, { "content-length": "1000" }).write('{"Instances":[');
      case "garbage":
        return reply(response, 200, "<html>\nit works!\n</html>");
      case "no-json":
        return reply(response, 502, "<html>\nBad Gateway\n</html>");
      case "answer":
        return this.#reply(request, response, this.#answer(operation, input));
      default:
        return reply(response, behaviour.status, JSON.stringify({ __type: behaviour.error, message: "no,\nreally" }));
    }
  }

  #reply({ socket }: IncomingMessage, response: ServerResponse, answer: object): void {
    this.#used.add(socket);
    reply(response, 200, JSON.stringify(answer));
  }

  #answer(operation: string, input: Input): object {
    if (operation === "DiscoverInstancesRevision") return { InstancesRevision: this.#revision };
    const healthy = this.#instances.filter((instance) => instance.healthy !== false);
    const listed = input.HealthStatus === "HEALTHY_OR_ELSE_ALL" && healthy.length === 0 ? this.#instances : healthy;
    const Instances = listed.slice(0, input.MaxResults ?? 100).map(({ id, attributes }) => ({
      InstanceId: id,
      NamespaceName: input.NamespaceName,
      ServiceName: input.ServiceName,
      Attributes: attributes,
    }));
    return { Instances, InstancesRevision: this.#revision };
  }
}

interface Input {
  readonly NamespaceName: string;
  readonly ServiceName: string;
  readonly HealthStatus?: string;
  readonly MaxResults?: number;
}

function reply(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(body);
}
