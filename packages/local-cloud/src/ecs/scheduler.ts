import type { Clock } from "@agent-team/grpc-client";
import { LocalCloudError } from "../errors.ts";
import type { CloudEvents } from "../events.ts";
import type { Network } from "../network/network.ts";
import type { Placement } from "../placement.ts";
import type { ServiceDefinition } from "../services.ts";
import type { StopReason, TaskDescription, TaskState } from "../task-description.ts";
import type { Timing } from "../timing.ts";
import { Service, type Unhealthiness } from "./service.ts";
import { Task } from "./task.ts";

export interface SchedulerOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly timing: Timing;
  readonly events: CloudEvents;
  readonly logFolder: string;
  /** All variables of one task. */
  readonly environment: (
    definition: ServiceDefinition,
    taskId: string,
    placement: Placement,
  ) => Readonly<Record<string, string>>;
  /** How many tasks may start at the same time, of all services together. */
  readonly startsAtOnce: number;
  /** Why a balancer's checks of a task fail; undefined while they do not, and for a service without a balancer. */
  readonly targetFailure: (service: string, taskId: string) => TargetFailure | undefined;
  /** Called in the instant in which a task enters or leaves service: what finds tasks must change with it. */
  readonly onServing: (definition: ServiceDefinition, task: TaskDescription, serving: boolean) => void;
}

/** What a target group says of an unhealthy target. */
export interface TargetFailure {
  readonly targetGroupArn: string;
  /** In the words of ELB. */
  readonly reason: string;
}

/**
 * ECS: runs the services' tasks, each where the network has a place for it, replaces those that end or turn unhealthy, and
 * reports which come and go. Few start at a time: a start costs a processor for about a second, and many at once would all be
 * late.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #services = new Map<string, Service>();
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Starts a service. Resolves when its desired tasks run. Throws once the scheduler is closed. */
  create(definition: ServiceDefinition): Promise<void> {
    if (this.#closed) throw new LocalCloudError(`${definition.name}: the cloud was closed`);
    const { clock, timing, network } = this.#options;
    const service = new Service(definition.desired, {
      name: definition.name,
      clock,
      timing,
      place: () => network.place(definition.name, definition.port),
      launch: (revision, placement) => this.#launch(definition, service, revision, placement),
      mayLaunch: () => this.#starting() < this.#options.startsAtOnce,
      onLaunchFailed: () => this.#didGetRoom(service),
      diagnose: (task) => this.#diagnose(task),
      onUnhealthy: (task, { reason }) =>
        this.#options.events.emit({ kind: "task-unhealthy", task: task.describe(), reason: reason.text }),
    });
    this.#services.set(definition.name, service);
    return service.steady();
  }

  /** A balancer's checks of a service's task have another result. */
  didChangeTargetHealth(service: string): void {
    this.#services.get(service)?.didChange();
  }

  /** Throws for a name that is not one of a service. */
  service(name: string): Service {
    const service = this.#services.get(name);
    if (service !== undefined) return service;
    throw new LocalCloudError(`service: expected one of ${[...this.#services.keys()].join(", ")}, got ${name}`);
  }

  /** Those that were created, in that order. */
  services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** Every task that has not ended. Throws for a service name that is not known. */
  tasks(serviceName?: string): readonly TaskDescription[] {
    const services = serviceName === undefined ? [...this.#services.values()] : [this.service(serviceName)];
    return services.flatMap((service) => service.tasks()).map((task) => task.describe());
  }

  /** Throws for an id that no task has, or no longer has. */
  task(id: string): Task {
    for (const service of this.#services.values()) {
      const task = service.tasks().find((candidate) => candidate.id === id);
      if (task !== undefined) return task;
    }
    throw new LocalCloudError(`task: none with the id ${id} is running`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#services.values()].map((service) => service.close()));
  }

  #launch(definition: ServiceDefinition, service: Service, revision: number, placement: Placement): Task {
    const { logFolder, timing, clock } = this.#options;
    return new Task({
      service: definition.name,
      program: definition.program,
      environment: (taskId) => this.#options.environment(definition, taskId, placement),
      onChange: (task, previous) => this.#didChange(definition, service, task, previous),
      onHealthChange: () => service.didChange(),
      // A service without a balancer has none in our Terraform.
      gracePeriodMs: definition.balancer === undefined ? 0 : timing.gracePeriodMs,
      revision,
      placement,
      logFolder,
      timing,
      clock,
    });
  }

  #didChange(definition: ServiceDefinition, service: Service, task: Task, previous: TaskState): void {
    const { events, network, onServing } = this.#options;
    const description = task.describe();
    if (task.state === "running") onServing(definition, description, true);
    if (previous === "running") onServing(definition, description, false);
    events.emit({ kind: "task-changed", task: description, previous });
    if (task.state === "running") service.didChange();
    if (task.state === "stopped") {
      network.release(task.service, task.placement);
      if (!task.wasAsked) events.emit({ kind: "task-failed", task: description, lastLines: task.lastLines() });
      service.didEnd(task);
    }
    if (previous === "provisioning") this.#didGetRoom(service);
  }

  #starting(): number {
    return this.services().reduce((sum, { starting }) => sum + starting, 0);
  }

  /** A task has started, or will not: another one may. Its own service has taken its turn already. */
  #didGetRoom(service: Service): void {
    for (const other of this.services()) if (other !== service) other.didChange();
  }

  #diagnose(task: Task): Unhealthiness | undefined {
    if (task.state !== "running" || task.isInGracePeriod) return undefined;
    const stopped = (text: string): StopReason => ({ code: "ServiceSchedulerInitiated", text });
    if (task.containerFailure !== undefined) {
      const event = `(task ${task.id}) failed container health checks.`;
      return { event, reason: stopped("Task failed container health checks") };
    }
    const failure = this.#options.targetFailure(task.service, task.id);
    if (failure === undefined) return undefined;
    const group = `(target-group ${failure.targetGroupArn})`;
    const event = `(task ${task.id}) (port ${task.placement.port}) is unhealthy in ${group} due to (reason ${failure.reason})`;
    return { event, reason: stopped(`Task failed ELB health checks in ${group}`) };
  }
}
