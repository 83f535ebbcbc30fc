/** The whole system for tests: a local cloud, ten times as fast as AWS. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentTeamServices, type LocalCloud, type LocalCloudOptions, startLocalCloud } from "@agent-team/local-cloud";
import { onTestFinished } from "vitest";

export interface TestCloud extends LocalCloud {
  /** The published gateway. */
  readonly url: string;
}

/** For a hook, which closes it. `vpc`: each test file needs an address block of its own, since files run side by side. */
export async function startTestCloud(vpc: string, options: LocalCloudOptions = {}): Promise<TestCloud> {
  const logFolder = await mkdtemp(join(tmpdir(), "agent-team-e2e-"));
  const cloud = await startLocalCloud({ publishedPort: 0, apiPort: 0, speed: 10, vpc, logFolder, ...options });
  const close = async (): Promise<void> => {
    await cloud.close();
    await rm(logFolder, { recursive: true, force: true });
  };
  return { ...cloud, url: cloud.url as string, close, [Symbol.asyncDispose]: close };
}

/** An agent, and two engines, so that one of them can take over the runs of the other. `environment`: of all tasks. */
export function withTwoEngines(environment: Readonly<Record<string, string>>): LocalCloudOptions {
  const services = agentTeamServices({ agents: 1, environment });
  return { services: services.map((each) => (each.name === "workflow-engine" ? { ...each, desired: 2 } : each)) };
}

/**
 * For one test. It is closed when the test disposes it, and also when the time limit of the test has passed: then the function of
 * the test goes on waiting, and would hold the addresses.
 */
export function cloudOfTest(vpc: string, options: LocalCloudOptions = {}): Promise<TestCloud> {
  const starting = startTestCloud(vpc, options);
  onTestFinished(() =>
    starting.then(
      (cloud) => cloud.close(),
      () => {}, // the test has this error
    ),
  );
  return starting;
}
