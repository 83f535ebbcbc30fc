/** The whole system for one test: a local cloud of its own, ten times as fast as the real one, gone when the test ends. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from "@agent-team/local-cloud";

export interface TestCloud extends LocalCloud {
  /** The published gateway. */
  readonly url: string;
}

/** `vpc`: each test file needs an address block of its own, since files run side by side. */
export async function startTestCloud(vpc: string, options: LocalCloudOptions = {}): Promise<TestCloud> {
  const logFolder = await mkdtemp(join(tmpdir(), "agent-team-e2e-"));
  const cloud = await startLocalCloud({ publishedPort: 0, apiPort: 0, speed: 10, vpc, logFolder, ...options });
  const close = async (): Promise<void> => {
    await cloud.close();
    await rm(logFolder, { recursive: true, force: true });
  };
  return { ...cloud, url: cloud.url as string, close, [Symbol.asyncDispose]: close };
}
