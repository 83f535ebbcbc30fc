import { ecsArns, ecsNames } from "../aws-names.ts";
import type { Service } from "../ecs/service.ts";
import { LocalCloudError } from "../errors.ts";
import { MAX_DESIRED, type ServiceDefinition } from "../services.ts";
import type { TaskDescription } from "../task-description.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import { clusterDocument, serviceDocument, taskDefinitionDocument, taskDocument } from "./ecs-documents.ts";
import { pageOf } from "./page.ts";
import type { JsonAction, JsonService } from "./wire/json.ts";
import type { JsonInput } from "./wire/json-input.ts";

/** ECS: one cluster, its services and their tasks. */
export const ecs: JsonService = {
  targetPrefix: "AmazonEC2ContainerServiceV20141113",
  refusal: "InvalidParameterException",
  actions: {
    ListClusters: (_input, cloud) => ({ clusterArns: [ecsArns.cluster(cloud.name)] }),

    DescribeClusters: (input, cloud) => {
      const { found, failures } = lookUp(input.texts("clusters") ?? ["default"], (text) =>
        isCluster(text, cloud) ? cloud : undefined,
      );
      return { clusters: found.map(clusterDocument), failures };
    },

    ListServices: inCluster((input, cloud) => {
      const arns = cloud.scheduler.services().map(({ name }) => ecsArns.service(cloud.name, name));
      return listOf("serviceArns", arns, input, 10);
    }),

    DescribeServices: inCluster((input, cloud) => {
      const names = input.texts("services") ?? [];
      if (names.length === 0 || names.length > 10) throw input.refuse("services: expected 1 to 10 names or ARNs");
      const { found, failures } = lookUp(names, (text) => findService(text, cloud));
      return { services: found.map((service) => serviceDocument(service, cloud)), failures };
    }),

    ListTasks: inCluster((input, cloud) => {
      const serviceName = input.text("serviceName");
      const family = input.text("family");
      // A draining task already has the desired status STOPPED.
      const status = input.word("desiredStatus", ["RUNNING", "PENDING", "STOPPED"]) ?? "RUNNING";
      const services = serviceName === undefined ? cloud.scheduler.services() : [serviceOf(serviceName, cloud)];
      const tasks = services.flatMap(allTasks).filter((task) => {
        const isStopped = task.state === "draining" || task.state === "stopped";
        return (
          (status === "STOPPED" ? isStopped : status === "RUNNING" && !isStopped) &&
          (family === undefined || family === ecsNames.family(cloud.name, task.service))
        );
      });
      const arns = tasks.map(({ id }) => ecsArns.task(cloud.name, id));
      return listOf("taskArns", arns, input, 100);
    }),

    DescribeTasks: inCluster((input, cloud) => {
      const ids = input.texts("tasks") ?? [];
      if (ids.length === 0 || ids.length > 100) throw input.refuse("tasks: expected 1 to 100 ids or ARNs");
      const all = cloud.scheduler.services().flatMap(allTasks);
      const { found, failures } = lookUp(ids, (text) => all.find(({ id }) => isNamed(text, id)));
      return { tasks: found.map((task) => taskDocument(task, cloud)), failures };
    }),

    DescribeTaskDefinition: (input, cloud) => {
      const definition = findDefinition(input.requiredText("taskDefinition"), cloud);
      if (definition === undefined) throw new ApiError("ClientException", "Unable to describe task definition.");
      return { taskDefinition: taskDefinitionDocument(definition, cloud), tags: [] };
    },

    ListTaskDefinitions: (input, cloud) => {
      const prefix = input.text("familyPrefix");
      const status = input.word("status", ["ACTIVE", "INACTIVE", "DELETE_IN_PROGRESS"]) ?? "ACTIVE";
      const arns = cloud.definitions
        .filter(({ name }) => prefix === undefined || prefix === ecsNames.family(cloud.name, name))
        .map(({ name }) => ecsArns.taskDefinition(cloud.name, name))
        .toSorted();
      return listOf("taskDefinitionArns", status === "ACTIVE" ? arns : [], input, 100);
    },

    UpdateService: inCluster((input, cloud) => {
      const service = serviceOf(input.requiredText("service"), cloud);
      const taskDefinition = input.text("taskDefinition");
      if (taskDefinition !== undefined && findDefinition(taskDefinition, cloud)?.name !== service.name) {
        throw new ApiError("ClientException", "TaskDefinition not found.");
      }
      const desired = input.integer("desiredCount", 0, MAX_DESIRED);
      if (desired !== undefined) begin(input, () => service.setDesired(desired));
      if (input.flag("forceNewDeployment")) begin(input, () => service.roll());
      return { service: serviceDocument(service, cloud) };
    }),

    StopTask: inCluster((input, cloud) => {
      const text = input.requiredText("task");
      const task = cloud.scheduler
        .services()
        .flatMap((service) => service.tasks())
        .find(({ id }) => isNamed(text, id));
      if (task === undefined) throw input.refuse("The referenced task was not found.");
      task.stop({ code: "UserInitiated", text: input.text("reason") ?? "Task stopped by user" });
      return { task: taskDocument(task.describe(), cloud) };
    }),
  },
};

/** Without `cluster` AWS uses the cluster `default`, which the local cloud does not have. */
function inCluster(action: JsonAction): JsonAction {
  return (input, cloud) => {
    if (isCluster(input.text("cluster") ?? "default", cloud)) return action(input, cloud);
    throw new ApiError("ClusterNotFoundException", "Cluster not found.");
  };
}

function isCluster(text: string, { name }: CloudView): boolean {
  return text === name || text === ecsArns.cluster(name);
}

function findService(text: string, { scheduler }: CloudView): Service | undefined {
  return scheduler.services().find(({ name }) => isNamed(text, ecsNames.service(name)));
}

function serviceOf(text: string, cloud: CloudView): Service {
  const service = findService(text, cloud);
  if (service === undefined) throw new ApiError("ServiceNotFoundException", "Service not found.");
  return service;
}

/** `family`, `family:1`, or the ARN. */
function findDefinition(text: string, { name: cloud, definitions }: CloudView): ServiceDefinition | undefined {
  return definitions.find(({ name }) => {
    const family = ecsNames.family(cloud, name);
    return text === family || text === `${family}:1` || text === ecsArns.taskDefinition(cloud, name);
  });
}

/** Whether `text` is the name, or an ARN that ends with it. */
function isNamed(text: string, name: string): boolean {
  return text === name || (text.startsWith("arn:aws:ecs:") && text.endsWith(`/${name}`));
}

function allTasks(service: Service): readonly TaskDescription[] {
  return [...service.tasks().map((task) => task.describe()), ...service.endedTasks()];
}

/** As on AWS, unknown names are listed as failures beside the documents of the others. */
function lookUp<T>(
  texts: readonly string[],
  find: (text: string) => T | undefined,
): { readonly found: readonly T[]; readonly failures: readonly object[] } {
  const looked = texts.map((text) => ({ text, found: find(text) }));
  return {
    found: looked.flatMap(({ found }) => (found === undefined ? [] : [found])),
    failures: looked.filter(({ found }) => found === undefined).map(({ text }) => ({ arn: text, reason: "MISSING" })),
  };
}

function listOf(member: string, arns: readonly string[], input: JsonInput, size: number): object {
  const max = input.integer("maxResults", 1, 100) ?? size;
  const { items, nextToken } = pageOf(arns, max, input.text("nextToken"), input.refusal);
  return { [member]: items, nextToken };
}

/** Begins a change. As on AWS, its result is in the deployments and events of the service. */
function begin(input: JsonInput, change: () => Promise<void>): void {
  try {
    change().catch(() => {});
  } catch (error) {
    if (error instanceof LocalCloudError) throw input.refuse(error.message);
    throw error;
  }
}
