/**
 * Client of AWS Cloud Map's API. In: a namespace and a service. Out: the registered instances, or an error that states the
 * cause and the remedy. It loads the SDK with the first request, not earlier. It never waits longer than `DEADLINE_MS` for an
 * answer, and never retries a failed request: `Refresh` decides when to ask again.
 */

import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import { connectionWasStale, explain } from "./cloud-map-errors.ts";

/** In a VPC an answer takes a few milliseconds, and some tens when the connection and the credentials are new. */
const DEADLINE_MS = 2_000;

type Sdk = typeof import("@aws-sdk/client-servicediscovery");

/** The loaded SDK, and its client, which owns the connections. */
interface Connected {
  readonly sdk: Sdk;
  readonly client: ServiceDiscoveryClient;
}

type Request<T> = (connected: Connected, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

export interface CloudMapName {
  readonly namespace: string;
  readonly service: string;
}

export interface CloudMapInstance {
  readonly id: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface CloudMapAnswer {
  readonly instances: readonly CloudMapInstance[];
  /** Changes when an instance is registered or deregistered. Undefined: the answer has none. */
  readonly revision: number | undefined;
}

export class CloudMapClient {
  readonly #name: CloudMapName;
  readonly #clock: Clock;
  #connected: Connected | undefined;
  #running: AbortController | undefined;
  #isClosed = false;

  constructor(name: CloudMapName, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  /** At most `maxResults` instances. @throws ChannelError `unavailable` when no answer came. */
  instances(maxResults: number): Promise<CloudMapAnswer> {
    return this.#ask(async ({ sdk, client }, options) => {
      // AWS documents no default for the health filter. This one returns all instances when none is healthy.
      const query = { ...this.#query, HealthStatus: "HEALTHY_OR_ELSE_ALL", MaxResults: maxResults } as const;
      const answer = await client.send(new sdk.DiscoverInstancesCommand(query), options);
      const instances = (answer.Instances ?? []).map(({ InstanceId: id = "", Attributes: attributes = {} }) => ({
        id,
        attributes,
      }));
      return { instances, revision: answer.InstancesRevision };
    });
  }

  /** @throws ChannelError `unavailable` when no answer came. */
  revision(): Promise<number | undefined> {
    return this.#ask(async ({ sdk, client }, options) => {
      const answer = await client.send(new sdk.DiscoverInstancesRevisionCommand(this.#query), options);
      return answer.InstancesRevision;
    });
  }

  /** Aborts the running request and closes every connection. Later requests fail. */
  close(): void {
    this.#isClosed = true;
    this.#running?.abort(new Error("closed"));
    this.#connected?.client.destroy();
  }

  get #query(): { readonly NamespaceName: string; readonly ServiceName: string } {
    return { NamespaceName: this.#name.namespace, ServiceName: this.#name.service };
  }

  async #ask<T>(request: Request<T>): Promise<T> {
    try {
      const connected = await this.#connect();
      return await this.#withinDeadline((options) => retryIfStale(() => request(connected, options)));
    } catch (error) {
      const { namespace, service } = this.#name;
      throw new ChannelError(Status.unavailable, `Cloud Map ${namespace}/${service}: ${explain(error)}`, {
        cause: error,
      });
    }
  }

  async #connect(): Promise<Connected> {
    if (this.#connected === undefined) {
      const sdk = await loadSdk();
      this.#connected = { sdk, client: createClient(sdk) };
    }
    // `close` may have been called while the SDK was loading. A client without a request has no connections.
    if (this.#isClosed) throw new Error("closed");
    return this.#connected;
  }

  /** Aborts the SDK's request as well. The race is needed: parts of the SDK, such as the credential providers, ignore the signal. */
  async #withinDeadline<T>(request: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const running = new AbortController();
    this.#running = running;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    running.signal.addEventListener("abort", () => reject(running.signal.reason));
    const timeout = new Error(`no answer within ${DEADLINE_MS / 1_000} s`);
    const deadline = setPeerTimer(this.#clock, DEADLINE_MS, () => running.abort(timeout), { unref: true });
    try {
      return await Promise.race([request({ abortSignal: running.signal }), ended]);
    } finally {
      deadline.cancel();
      this.#running = undefined;
    }
  }
}

function loadSdk(): Promise<Sdk> {
  // oxlint-disable-next-line no-restricted-imports -- this is the import() that the rule asks for
  return import("@aws-sdk/client-servicediscovery");
}

/** The SDK reads the region, the credentials and `AWS_ENDPOINT_URL`, as in every other program of the task. */
function createClient({ ServiceDiscoveryClient }: Sdk): ServiceDiscoveryClient {
  return new ServiceDiscoveryClient({
    maxAttempts: 1,
    // AWS's command line and other SDKs read this variable. The SDK for JavaScript (3.1138.0) does not.
    disableHostPrefix: process.env["AWS_DISABLE_HOST_PREFIX_INJECTION"]?.toLowerCase() === "true",
  });
}

/**
 * Sends the request again, on a new connection, when the server had closed the idle connection that the first one used. That
 * is no failure of the service, and the requests are reads.
 */
async function retryIfStale<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (connectionWasStale(error)) return request();
    throw error;
  }
}
