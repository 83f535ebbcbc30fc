/**
 * Questions to the API of AWS Cloud Map. Comes in: namespace and service. Goes out: what is registered there, or an error
 * that says what is wrong and what to do. Never does: load the SDK before the first question, which is when somebody needs
 * it; wait longer than `DEADLINE_MS` for an answer; try again on its own, which is `Refresh`'s to decide.
 */

import type { Clock } from "@agent-team/foundation/clock";
import type { ServiceDiscoveryClient } from "@aws-sdk/client-servicediscovery";
import { ChannelError } from "../errors.ts";
import { Status } from "../status.ts";
import { connectionWasStale, explain } from "./cloud-map-errors.ts";

/** In a VPC the answer takes some milliseconds, with a new connection and credentials to fetch some tens. */
const DEADLINE_MS = 2_000;

type Sdk = typeof import("@aws-sdk/client-servicediscovery");

/** The SDK and a client of it, which has the connections. */
interface Connected {
  readonly sdk: Sdk;
  readonly client: ServiceDiscoveryClient;
}

type Question<T> = (connected: Connected, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

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
  /** Moves when an instance is registered or deregistered. Undefined: not told. */
  readonly revision: number | undefined;
}

export class CloudMapClient {
  readonly #name: CloudMapName;
  readonly #clock: Clock;
  #connected: Connected | undefined;
  #underWay: AbortController | undefined;
  #isClosed = false;

  constructor(name: CloudMapName, clock: Clock) {
    this.#name = name;
    this.#clock = clock;
  }

  /** At most `maxResults` instances. @throws ChannelError `unavailable` when no answer came. */
  instances(maxResults: number): Promise<CloudMapAnswer> {
    return this.#ask(async ({ sdk, client }, options) => {
      // AWS documents no default for the health. With nobody healthy, all: a doubtful task is better than none.
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

  /** Ends the question under way and every connection. Later questions fail. */
  close(): void {
    this.#isClosed = true;
    this.#underWay?.abort(new Error("closed"));
    this.#connected?.client.destroy();
  }

  get #query(): { readonly NamespaceName: string; readonly ServiceName: string } {
    return { NamespaceName: this.#name.namespace, ServiceName: this.#name.service };
  }

  async #ask<T>(question: Question<T>): Promise<T> {
    try {
      const connected = await this.#connect();
      return await this.#withinDeadline((options) => askTwiceIfStale(() => question(connected, options)));
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
    // Also while it was loading. A client that has not been asked has no connections.
    if (this.#isClosed) throw new Error("closed");
    return this.#connected;
  }

  /** The SDK hears of the end, too; but not everything in it listens, such as whoever fetches credentials. */
  async #withinDeadline<T>(question: (options: { readonly abortSignal: AbortSignal }) => Promise<T>): Promise<T> {
    const underWay = new AbortController();
    this.#underWay = underWay;
    const { promise: ended, reject } = Promise.withResolvers<never>();
    underWay.signal.addEventListener("abort", () => reject(underWay.signal.reason));
    const late = new Error(`no answer within ${DEADLINE_MS / 1_000} s`);
    const deadline = this.#clock.setTimer(DEADLINE_MS, () => underWay.abort(late), { unref: true });
    try {
      return await Promise.race([question({ abortSignal: underWay.signal }), ended]);
    } finally {
      deadline.cancel();
      this.#underWay = undefined;
    }
  }
}

function loadSdk(): Promise<Sdk> {
  // oxlint-disable-next-line no-restricted-imports -- this is the import() that the rule asks for
  return import("@aws-sdk/client-servicediscovery");
}

/** Region, credentials and `AWS_ENDPOINT_URL` are found by the SDK, as in every other program of the task. */
function createClient({ ServiceDiscoveryClient }: Sdk): ServiceDiscoveryClient {
  return new ServiceDiscoveryClient({
    maxAttempts: 1,
    // The command line and other SDKs read this variable; the one for JavaScript (3.1138.0) does not.
    disableHostPrefix: process.env["AWS_DISABLE_HOST_PREFIX_INJECTION"]?.toLowerCase() === "true",
  });
}

/**
 * A connection that was kept may have been closed by the other side in the meantime, and one learns of it by asking. That
 * says nothing about the service, so the same question goes out once more, on a new connection. It changes nothing there.
 */
async function askTwiceIfStale<T>(question: () => Promise<T>): Promise<T> {
  try {
    return await question();
  } catch (error) {
    if (connectionWasStale(error)) return question();
    throw error;
  }
}
