/** The availability zone of this process, from ECS task metadata. */

import type { Clock } from "@agent-team/foundation/clock";
import { setPeerTimer } from "@agent-team/foundation/peer-timer";

/** The metadata endpoint is link-local and answers in milliseconds; the channel works without a zone, too. */
const DEADLINE_MS = 1_000;
/** Metadata of a task with ten containers are about 20 KB. */
const MAX_BYTES = 1 << 20;

/**
 * Reads `AvailabilityZone` of `${ECS_CONTAINER_METADATA_URI_V4}/task`. Resolves to `undefined` outside ECS, and when the
 * answer is late (1 s), large (1 MiB), or not what was expected. Never rejects.
 */
export async function readOwnZone(env: NodeJS.ProcessEnv, clock: Clock): Promise<string | undefined> {
  const base = env["ECS_CONTAINER_METADATA_URI_V4"];
  if (base === undefined || !base.startsWith("http://")) return undefined;
  try {
    const task: unknown = JSON.parse(await fetchText(`${base}/task`, clock));
    const zone = (task as { AvailabilityZone?: unknown } | null)?.AvailabilityZone;
    return typeof zone === "string" && zone !== "" ? zone : undefined;
  } catch {
    // Every fault of the metadata has one effect: the zone is unknown, and endpoints of all zones cost the same.
    return undefined;
  }
}

function fetchText(url: string, clock: Clock): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  // Not by an import: it reads each export of the module, and one of them loads a WebSocket client, 17 ms of CPU at each start.
  const { get } = process.getBuiltinModule("node:http");
  const request = get(url, { agent: false }, (response) => {
    let text = "";
    response.setEncoding("utf8");
    response.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > MAX_BYTES) request.destroy(new Error("the answer is too large"));
    });
    response.on("error", reject);
    response.on("end", () => {
      if (response.statusCode === 200) resolve(text);
      else reject(new Error(`the answer's status is ${response.statusCode}`));
    });
  });
  request.on("error", reject);
  const deadline = setPeerTimer(clock, DEADLINE_MS, () => request.destroy(new Error("no answer in time")), {
    unref: true,
  });
  return promise.finally(() => deadline.cancel());
}
