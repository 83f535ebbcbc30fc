import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import type { CloudView } from "./api/cloud-view.ts";
import { type ApiServer, startApiServer } from "./api/server.ts";
import { ecsNames, REGION } from "./aws-names.ts";
import { CloudCertificates } from "./certificates.ts";
import type { Instance } from "./cloud-map/registry.ts";
import { planOf } from "./discovery.ts";
import { type MetadataServer, startMetadataServer } from "./ecs/metadata.ts";
import { Scheduler, type TargetFailure } from "./ecs/scheduler.ts";
import {
  definitionEnvironment,
  type EnvironmentSource,
  operatorEnvironment,
  taskEnvironment,
} from "./ecs/task-environment.ts";
import { elbArns } from "./elb/elb-names.ts";
import { healthReason } from "./elb/health-reason.ts";
import { CloudEvents, type CloudListener } from "./events.ts";
import { type Infrastructure, startInfrastructure } from "./infrastructure.ts";
import { LogGroup } from "./logs/log-group.ts";
import { chooseNetwork } from "./network/choose-network.ts";
import { type LocalCloudOptions, type ResolvedOptions, resolveOptions } from "./options.ts";
import type { ServiceDefinition } from "./services.ts";
import { outputsOf } from "./state/outputs.ts";
import { writeState } from "./state/state-folder.ts";
import type { TaskDescription } from "./task-description.ts";

/** A running local cloud. Operations on services and tasks throw a `LocalCloudError` for an unknown name or id. */
export interface LocalCloud {
  readonly name: string;
  /** The Cloud Map namespace. `{service}.{namespace}` is a service's DNS name. */
  readonly namespace: string;
  readonly kind: "loopback" | "ports-only";
  /** URL of the published gateway; undefined when no service has the public balancer. */
  readonly url: string | undefined;
  readonly dnsServer: HostPort;
  /** URL of the AWS APIs: `AWS_ENDPOINT_URL`. */
  readonly apiUrl: string;
  /** The journal in which the tasks keep their state; undefined when they use the Redis of `redisUrl`. */
  readonly journalUrl: string | undefined;
  /** The tasks of one service or of all that have not ended. */
  tasks(service?: string): readonly TaskDescription[];
  /** The variables with which a client outside the cloud finds its services. Each task has the same; its certificate is its own. */
  clientEnvironment(): Readonly<Record<string, string>>;
  /** Replaces every certificate of the option `tls`. Tasks use them within seconds, without a restart. Without `tls` nothing happens. */
  renewCertificates(): Promise<void>;
  /** Resolves when `count` tasks run and the surplus ones have begun to drain. */
  setDesired(service: string, count: number): Promise<void>;
  /** Replaces all tasks, never below the desired count. Resolves when the new tasks run and the old ones drain. */
  roll(service: string): Promise<void>;
  /** Resolves when the desired tasks run. Rejects when tasks of the service keep failing. */
  steady(service: string): Promise<void>;
  /** Sends SIGTERM to one task and deregisters it at the same moment. Resolves when its process has ended. */
  stopTask(id: string): Promise<void>;
  /** Sends SIGKILL to one task. Resolves when its process has ended. */
  killTask(id: string): Promise<void>;
  /** Returns a function that ends the subscription. */
  subscribe(listener: CloudListener): () => void;
  /** Kills all tasks and closes every listener. Resolves when all have ended. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Runs the topology of the deployed system on this machine: ECS with child processes as tasks, Cloud Map with its DNS, load
 * balancers, a journal and the AWS APIs. Resolves when the desired tasks of every service run. Rejects with a
 * `LocalCloudError` for a failure that the caller can correct (a taken port, a service that does not start); no process or
 * listener remains then.
 */
export async function startLocalCloud(options: LocalCloudOptions = {}): Promise<LocalCloud> {
  const resolved = resolveOptions(options);
  const events = new CloudEvents();
  if (options.onEvent !== undefined) events.subscribe(options.onEvent);
  await using stack = new AsyncDisposableStack();
  const cloud = await assemble(resolved, events, stack);
  await untilAborted(options.signal, startServices(cloud, resolved.services));
  cloud.infrastructure.propagation.setDelay(resolved.timing.dnsPropagationMs);
  if (options.stateFolder !== undefined) stack.defer(recordState(options.stateFolder, cloud));
  return handleOf(cloud, events, stack.move());
}

interface CloudParts {
  readonly environmentSource: EnvironmentSource;
  readonly infrastructure: Infrastructure;
  readonly scheduler: Scheduler;
  readonly api: ApiServer;
}

async function assemble(
  options: ResolvedOptions,
  events: CloudEvents,
  stack: AsyncDisposableStack,
): Promise<CloudParts> {
  const { timing } = options;
  const plan = planOf(options.discovery);
  const { network, reason } = await chooseNetwork(options.vpc, options.portsOnly);
  if (reason !== undefined) events.emit({ kind: "ports-only", reason });
  const infrastructure = await startInfrastructure(
    options,
    network,
    (service) => scheduler.didChangeTargetHealth(service),
    stack,
  );
  const { namespace } = infrastructure.registry;
  const certificates = await createCertificates(options, namespace, stack);
  const environmentSource: EnvironmentSource = {
    cloudName: options.name,
    namespace,
    network,
    timing,
    plan,
    dnsServer: infrastructure.dns.address,
    apiUrl: () => api.url,
    journalUrl: infrastructure.journal?.url,
    redisUrl: options.redisUrl,
    certificates,
    services: options.services,
    balancer: (service) => infrastructure.balancers.addressOf(service),
    placements: (service) => scheduler.tasks().filter((task) => task.service === service),
  };
  let metadata: MetadataServer;
  let api: ApiServer;
  const scheduler = new Scheduler({
    network,
    timing,
    events,
    clock: options.clock,
    logFolder: options.logFolder,
    startsAtOnce: options.startsAtOnce,
    targetFailure: (service, taskId) => targetFailureOf(options, infrastructure, service, taskId),
    environment: (definition, taskId, placement) =>
      taskEnvironment(definition, placement, metadata.uriFor(taskId), environmentSource),
    onServing: (definition, task, serving) => didChangeServing(options.name, infrastructure, definition, task, serving),
  });
  const address = network.infrastructure("metadata", 51679);
  metadata = await startMetadataServer(address, options.name, (id) => scheduler.tasks().find((task) => task.id === id));
  stack.defer(() => metadata.close());
  stack.defer(() => scheduler.close());
  api = await startApiServer(
    options.apiPort,
    options.allowedHosts,
    viewOf(options, environmentSource, infrastructure, scheduler),
  );
  stack.defer(() => api.close());
  return { environmentSource, infrastructure, scheduler, api };
}

async function createCertificates(
  { tls, tlsFolder: folder, name: cloudName, services, clock }: ResolvedOptions,
  namespace: string,
  stack: AsyncDisposableStack,
): Promise<CloudCertificates | undefined> {
  if (!tls) return undefined;
  const certificates = await CloudCertificates.create({ cloudName, namespace, services, folder, clock });
  stack.defer(() => certificates.close());
  return certificates;
}

function viewOf(
  { name, services, logFolder, timing, clock }: ResolvedOptions,
  environmentSource: EnvironmentSource,
  { registry, customHealth, balancers }: Infrastructure,
  scheduler: Scheduler,
): CloudView {
  return {
    name,
    definitions: services,
    scheduler,
    registry,
    customHealth,
    balancers,
    logs: new LogGroup(logFolder),
    timing,
    vpcCidr: environmentSource.network.cidr,
    clock,
    createdAtMs: clock.wallNow(),
    environment: (definition) => definitionEnvironment(definition, environmentSource),
  };
}

function recordState(folder: string, { environmentSource, infrastructure, api }: CloudParts): () => void {
  const { cloudName: name, dnsServer, services, certificates } = environmentSource;
  const tls = certificates?.clientVariables();
  const record = { name, pid: process.pid, apiUrl: api.url, dnsServer, region: REGION, ...(tls && { tls }) };
  return writeState(folder, record, outputsOf(name, services, infrastructure.balancers));
}

/** Registers or deregisters a task in Cloud Map and in its target group at the same moment. */
function didChangeServing(
  cloudName: string,
  { registry, balancers }: Infrastructure,
  { name }: ServiceDefinition,
  task: TaskDescription,
  serving: boolean,
): void {
  if (serving) {
    registry.register(name, instanceOf(cloudName, task));
    balancers.register(name, task);
  } else {
    registry.deregister(name, task.id);
    balancers.deregister(name, task.id);
  }
}

/** The failure of a task in the target group of its service, for ECS. */
function targetFailureOf(
  { name, services }: ResolvedOptions,
  { balancers }: Infrastructure,
  service: string,
  taskId: string,
): TargetFailure | undefined {
  const listener = balancers.listenerOf(service);
  const failure = listener?.group.failure(taskId);
  const port = services.find((each) => each.name === service)?.port;
  if (listener === undefined || failure === undefined || port === undefined) return undefined;
  return {
    targetGroupArn: elbArns.targetGroup(name, listener.kind, port),
    reason: healthReason(listener.kind, failure).description,
  };
}

/** The instance that ECS registers in Cloud Map for a task. */
function instanceOf(cloudName: string, { id, host, port, zone, service }: TaskDescription): Instance {
  const attributes = {
    AVAILABILITY_ZONE: zone,
    AWS_INIT_HEALTH_STATUS: "HEALTHY",
    ECS_CLUSTER_NAME: cloudName,
    ECS_SERVICE_NAME: ecsNames.service(service),
    ECS_TASK_DEFINITION_FAMILY: ecsNames.family(cloudName, service),
    REGION,
  };
  return { id, host, port, healthy: true, attributes };
}

/**
 * Starts the services that others call, all at the same time, and then the services that only call. Otherwise the first DNS
 * query of a caller would be for a name that does not exist yet, and resolvers cache such a response.
 */
async function startServices(
  { scheduler, infrastructure }: CloudParts,
  services: readonly ServiceDefinition[],
): Promise<void> {
  const isBackend = ({ clientPrefix }: ServiceDefinition): boolean => clientPrefix !== undefined;
  // The journal's server loads while the processes of the tasks start.
  await launchAll(scheduler, services.filter(isBackend), () => infrastructure.journal?.load());
  await launchAll(
    scheduler,
    services.filter((service) => !isBackend(service)),
  );
}

/**
 * In order: the variables of a service contain the addresses of the services before it. `onPlaced` is called when every
 * service has an address and a process for each task.
 */
async function launchAll(
  scheduler: Scheduler,
  services: readonly ServiceDefinition[],
  onPlaced: () => Promise<void> | undefined = () => undefined,
): Promise<void> {
  const steady: Promise<void>[] = [];
  for (const definition of services) {
    const created = scheduler.create(definition);
    created.catch(() => {}); // `Promise.all` below reports it, but is not called yet
    steady.push(created);
    await scheduler.service(definition.name).placed();
  }
  await Promise.all([...steady, onPlaced()]);
}

async function untilAborted(signal: AbortSignal | undefined, work: Promise<void>): Promise<void> {
  if (signal === undefined) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function handleOf(
  { environmentSource, infrastructure, scheduler, api }: CloudParts,
  events: CloudEvents,
  stack: AsyncDisposableStack,
): LocalCloud {
  const published = infrastructure.balancers.published;
  const close = (): Promise<void> => stack.disposeAsync();
  return {
    name: environmentSource.cloudName,
    namespace: environmentSource.namespace,
    kind: environmentSource.network.kind,
    url: published && `http://${formatHostPort(published)}`,
    dnsServer: environmentSource.dnsServer,
    apiUrl: api.url,
    journalUrl: environmentSource.journalUrl,
    tasks: (service) => scheduler.tasks(service),
    clientEnvironment: () => operatorEnvironment(environmentSource),
    renewCertificates: async () => environmentSource.certificates?.renew(),
    setDesired: async (service, count) => scheduler.service(service).setDesired(count),
    roll: async (service) => scheduler.service(service).roll(),
    steady: async (service) => scheduler.service(service).steady(),
    stopTask: async (id) => {
      const task = scheduler.task(id);
      task.stop({ code: "UserInitiated", text: "Task stopped by user" });
      await task.ended;
    },
    killTask: async (id) => {
      const task = scheduler.task(id);
      task.kill();
      await task.ended;
    },
    subscribe: (listener) => events.subscribe(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}
