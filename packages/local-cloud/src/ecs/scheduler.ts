import type { Clock } from "@agent-team/foundation/clock";
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
  /** Limit of tasks that start at the same time, over all services. */
  readonly startsAtOnce: number;
  /** Why the target of a task is unhealthy; undefined for another target, and for a service without a load balancer. */
  readonly targetFailure: (service: string, taskId: string) => TargetFailure | undefined;
  /** Called in the transition in which a task enters or leaves service, to register or deregister it at that moment. */
  readonly onServing: (definition: ServiceDefinition, task: TaskDescription, serving: boolean) => void;
}

/** An unhealthy target. */
export interface TargetFailure {
  readonly targetGroupArn: string;
  /** ELB's description of the failure. */
  readonly reason: string;
}

/**
 * ECS: runs the tasks of all services, replaces tasks that end or turn unhealthy, and emits their changes. It limits how many
 * tasks start at the same time: a start uses a processor for about a second, and many at once would miss their start limit.
 */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #services = new Map<string, Service>();
  #closed = false;

  constructor(options: SchedulerOptions) {
    this.#options = options;
  }

  /** Creates a service. Resolves when its desired tasks run. Throws after `close`. */
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
      onLaunchFailed: () => this.#didFreeStartSlot(service),
      diagnose: (task) => this.#diagnose(task),
      onUnhealthy: (task, { reason }) =>
        this.#options.events.emit({ kind: "task-unhealthy", task: task.describe(), reason: reason.text }),
    });
    this.#services.set(definition.name, service);
    return service.steady();
  }

  /** The health of one of the service's targets has changed. */
  didChangeTargetHealth(service: string): void {
    this.#services.get(service)?.didChange();
  }

  /** @throws LocalCloudError for an unknown name */
  service(name: string): Service {
    const service = this.#services.get(name);
    if (service !== undefined) return service;
    throw new LocalCloudError(`service: expected one of ${[...this.#services.keys()].join(", ")}, got ${name}`);
  }

  /** The services in the order of their creation. */
  services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /**
   * The tasks of one service or of all that have not ended.
   * @throws LocalCloudError for an unknown service
   */
  tasks(serviceName?: string): readonly TaskDescription[] {
    const services = serviceName === undefined ? [...this.#services.values()] : [this.service(serviceName)];
    return services.flatMap((service) => service.tasks()).map((task) => task.describe());
  }

  /** @throws LocalCloudError when no task with this id runs */
  task(id: string): Task {
    for (const service of this.#services.values()) {
      const task = service.tasks().find((candidate) => candidate.id === id);
      if (task !== undefined) return task;
    }
    throw new LocalCloudError(`task: expected the id of a running task, got ${id}`);
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
      // In infra/ a service without a load balancer has no grace period.
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
      if (!task.stopRequested) events.emit({ kind: "task-failed", task: description, lastLines: task.lastLines() });
      service.didEnd(task);
    }
    if (previous === "provisioning") this.#didFreeStartSlot(service);
  }

  #starting(): number {
    return this.services().reduce((sum, { starting }) => sum + starting, 0);
  }

  /** A task has started or failed to start, so another may start. `service` has already used the slot if it needed one. */
  #didFreeStartSlot(service: Service): void {
    for (const other of this.services()) if (other !== service) other.didChange();
  }

  #diagnose(task: Task): Unhealthiness | undefined {
    if (task.state !== "running" || task.isInGracePeriod) return undefined;
    const stopReason = (text: string): StopReason => ({ code: "ServiceSchedulerInitiated", text });
    if (task.containerFailure !== undefined) {
      const event = `(task ${task.id}) failed container health checks.`;
      return { event, reason: stopReason("Task failed container health checks") };
    }
    const failure = this.#options.targetFailure(task.service, task.id);
    if (failure === undefined) return undefined;
    const group = `(target-group ${failure.targetGroupArn})`;
    const event = `(task ${task.id}) (port ${task.placement.port}) is unhealthy in ${group} due to (reason ${failure.reason})`;
    return { event, reason: stopReason(`Task failed ELB health checks in ${group}`) };
  }
}
