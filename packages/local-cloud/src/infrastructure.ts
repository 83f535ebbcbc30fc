import type { HostPort } from "@agent-team/foundation/host-port";
import { explainTakenAddress, type Remedy } from "./address-taken.ts";
import { CustomHealth } from "./cloud-map/custom-health.ts";
import { Registry } from "./cloud-map/registry.ts";
import { answer } from "./dns/answer.ts";
import { Propagation } from "./dns/propagation.ts";
import { type DnsServer, startDnsServer } from "./dns/server.ts";
import { NamespaceZone } from "./dns/zone.ts";
import { nlbDnsName } from "./elb/elb-names.ts";
import { LoadBalancers } from "./elb/load-balancers.ts";
import { type JournalHost, startJournalHost } from "./journal-host.ts";
import type { InfrastructureRole, Network } from "./network/network.ts";
import type { ResolvedOptions } from "./options.ts";

const OTHER_CLOUD =
  "Is another local cloud running? Stop it, or start this one beside it: PORT=8001 npm start -- --vpc 127.11.0.0/16";
const OTHER_CLOUD_REMEDY: Remedy = { known: OTHER_CLOUD, unknown: OTHER_CLOUD };

/** The listening parts that start before the first task. */
export interface Infrastructure {
  readonly registry: Registry;
  readonly customHealth: CustomHealth;
  readonly propagation: Propagation;
  readonly dns: DnsServer;
  readonly balancers: LoadBalancers;
  /** Undefined when the tasks use a Redis. */
  readonly journal: JournalHost | undefined;
}

/**
 * Starts the parts in order. `stack` closes those that have started, also when a later one fails to start.
 * `onTargetHealthChange` is called with the name of a service after the health of one of its targets has changed.
 */
export async function startInfrastructure(
  options: ResolvedOptions,
  network: Network,
  onTargetHealthChange: (service: string) => void,
  stack: AsyncDisposableStack,
): Promise<Infrastructure> {
  const { clock, random, negativeTtlSeconds, timing } = options;
  const bind = <T>(
    role: InfrastructureRole,
    port: number,
    purpose: string,
    start: (address: HostPort) => Promise<T>,
  ): Promise<T> => {
    const address = network.infrastructure(role, port);
    return explainTakenAddress(address, purpose, OTHER_CLOUD_REMEDY, () => start(address));
  };
  const namespace = `${options.name}.local`;
  const nlbHost = network.infrastructure("nlb", 0).host;
  const zone = new NamespaceZone(namespace, new Map([[nlbDnsName(options.name), nlbHost]]));
  const propagation = new Propagation(zone, clock);
  const services = options.services.map(({ name }) => name);
  const registry = new Registry(namespace, services, (change) => propagation.apply(change));
  const customHealth = new CustomHealth(registry, clock, timing.customHealthMs);
  const answerOptions = { ttlSeconds: timing.dnsTtlSeconds, negativeTtlSeconds, random };
  const dns = await bind("dns", 8053, "DNS of the local cloud", (address) =>
    startDnsServer(address, (question) => answer(zone, question, answerOptions)),
  );
  stack.defer(() => dns.close());
  const journal =
    options.redisUrl === undefined
      ? await bind("journal", 6379, "journal of the local cloud", startJournalHost)
      : undefined;
  stack.defer(() => journal?.close());
  const balancers = new LoadBalancers({
    clock,
    random,
    checkIntervalMs: timing.targetCheckIntervalMs,
    onHealthChange: onTargetHealthChange,
  });
  stack.defer(() => balancers.close());
  for (const { name, balancer, port } of options.services) {
    if (balancer === "nlb")
      await bind("nlb", port, "balancer of the local cloud", (address) => balancers.addInternal(name, address));
    if (balancer === "alb") await publish(balancers, name, options.publishedPort);
  }
  return { registry, customHealth, propagation, dns, balancers, journal };
}

function publish(balancers: LoadBalancers, service: string, port: number): Promise<void> {
  const command = `PORT=${port + 1} npm start`;
  const remedy: Remedy = {
    known: `Stop it, or choose another port: ${command}`,
    unknown: `Choose another port: ${command}`,
  };
  const address = { host: "127.0.0.1", port };
  return explainTakenAddress(address, "the published gateway", remedy, () => balancers.addPublished(service, address));
}
