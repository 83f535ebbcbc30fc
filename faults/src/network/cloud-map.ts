/** Cloud Map's API on loopback, as far as discovery uses it: `DiscoverInstances` and `DiscoverInstancesRevision`. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export class FakeCloudMap implements AsyncDisposable {
  readonly #server: Server;
  readonly #instancePort: number;
  #addresses: readonly string[] = [];
  #revision = 1;

  private constructor(server: Server, instancePort: number) {
    this.#server = server;
    this.#instancePort = instancePort;
    server.on("request", (request, response) => this.#reply(request, response));
  }

  /** `instancePort`: the port of every instance. */
  static async listen(instancePort: number): Promise<FakeCloudMap> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FakeCloudMap(server, instancePort);
  }

  get environment(): Readonly<Record<string, string>> {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      AWS_REGION: "local-1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_DISABLE_HOST_PREFIX_INJECTION: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_EC2_METADATA_DISABLED: "true",
    };
  }

  /** The instances that are registered from now on. */
  set addresses(addresses: readonly string[]) {
    this.#addresses = addresses;
    this.#revision++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  #reply(request: IncomingMessage, response: ServerResponse): void {
    request.resume(); // the one service that there is
    const action = String(request.headers["x-amz-target"]).split(".").at(-1);
    const InstancesRevision = this.#revision;
    const answer =
      action === "DiscoverInstances" ? { Instances: this.#instances(), InstancesRevision } : { InstancesRevision };
    response.writeHead(200, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(answer));
  }

  #instances(): readonly object[] {
    return this.#addresses.map((address) => ({
      InstanceId: address,
      NamespaceName: "faults.local",
      ServiceName: "service",
      HealthStatus: "HEALTHY",
      Attributes: { AWS_INSTANCE_IPV4: address, AWS_INSTANCE_PORT: String(this.#instancePort) },
    }));
  }
}
