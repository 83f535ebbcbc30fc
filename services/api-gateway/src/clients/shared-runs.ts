/** Watched runs, each read by one call of the gateway for all its readers. */

import type { WatchRunRequestSchema, WatchRunResponse } from "@agent-team/contracts";
import type { Clock } from "@agent-team/foundation/clock";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type EngineClient, WATCH_LIMIT_MS, WATCH_TRAIT } from "./engine-client.ts";
import { type SharedMethod, SharedStreams } from "./shared-streams.ts";

type Request = MessageInitShape<typeof WatchRunRequestSchema>;

/** The same client, whose readers of one run share a call. The contexts of the calls have to name their callers, and their headers no other ones. */
export function shareRuns(engine: EngineClient, clock: Clock): EngineClient {
  const method: SharedMethod<Request, WatchRunResponse> = {
    nameOf: ({ runId }) => runId,
    nameOfMessage: () => undefined,
    positionOf: ({ resumeAfterSequence = 0, resumeFence = "" }) => ({
      sequence: resumeAfterSequence,
      fence: resumeFence,
    }),
    trait: WATCH_TRAIT,
    open: (request, options) => engine.watchRun(request, options),
    limitMs: WATCH_LIMIT_MS,
  };
  const runs = new SharedStreams(method, clock);
  return { ...engine, watchRun: (request, options) => runs.read(request, options) };
}
