/** The client of the workflow engine. Its channel finds the engines by the `WORKFLOW_ENGINE_*` variables. */

import { type WatchRunRequestSchema, type WatchRunResponseSchema, WorkflowEngineService } from "@agent-team/contracts";
import { type ResumeTrait, resumable } from "@agent-team/grpc-client/connect";
import { type Client, createClient } from "@connectrpc/connect";
import { isLastOfRun } from "../run-end.ts";
import { type ChannelView, type ClientOptions, openBackend } from "./backend.ts";
import { withRequestId } from "./request-id.ts";
import { ServerStream } from "./server-stream.ts";
import { withIdentity } from "./with-identity.ts";
import { type TimeLimits, withTimeLimits } from "./with-time-limits.ts";

/** A call does not wait for a run to end. A watch ends after 10 minutes, and its reader begins another one from its cursor. */
export const WATCH_LIMIT_MS = 600_000;
const TIME_LIMITS: TimeLimits = { unaryMs: 10_000, streamMs: WATCH_LIMIT_MS };

interface Cursor {
  readonly sequence: number;
  readonly fence: string;
}

/** A watch goes on with another engine when its engine dies or drains. */
export const WATCH_TRAIT: ResumeTrait<typeof WatchRunRequestSchema, typeof WatchRunResponseSchema, Cursor> = {
  cursor: ({ sequence, fence }) => (sequence === 0 ? undefined : { sequence, fence }),
  withCursor: (request, { sequence, fence }) => ({
    ...request,
    resumeAfterSequence: sequence,
    resumeFence: fence,
  }),
  isTerminal: isLastOfRun,
};
const WATCH = resumable(WorkflowEngineService.method.watchRun, WATCH_TRAIT);

/** The calls that the gateway makes to the engine. Each has a time limit, and may throw ConnectError. */
type Calls = Pick<
  Client<typeof WorkflowEngineService>,
  | "listNodeTypes"
  | "validateWorkflow"
  | "createWorkflow"
  | "getWorkflow"
  | "listWorkflows"
  | "updateWorkflow"
  | "setWorkflowActive"
  | "deleteWorkflow"
  | "fireWebhook"
  | "startRun"
  | "rerunRun"
  | "getRun"
  | "listRuns"
  | "watchRun"
  | "signalRun"
  | "getApproval"
  | "decideApproval"
  | "cancelRun"
  | "deleteRun"
>;

/** `createWorkflow`, `startRun`, `rerunRun` and `signalRun` fill an empty `requestId`. */
export interface EngineClient extends ChannelView, Calls {
  /** Resolves when the last connection is closed. */
  close(): Promise<void>;
}

/** @throws ConfigError with one line when a variable is wrong. An engine that does not answer is no error here. */
export function createEngineClient(options: ClientOptions = {}): EngineClient {
  const backend = openBackend("WORKFLOW_ENGINE", 50050, options, { resumable: [WATCH] });
  const transport = withIdentity(backend.transport, options.identity, "workflow-engine");
  const limited = withTimeLimits(transport, TIME_LIMITS);
  const engine = createClient(WorkflowEngineService, limited);
  return {
    ...engine,
    createWorkflow: (request, call) => engine.createWorkflow(withRequestId(request), call),
    startRun: (request, call) => engine.startRun(withRequestId(request), call),
    watchRun: (request, call) => new ServerStream(limited, WorkflowEngineService.method.watchRun, request, call),
    rerunRun: (request, call) => engine.rerunRun(withRequestId(request), call),
    signalRun: (request, call) => engine.signalRun(withRequestId(request), call),
    on: (listener) => backend.on(listener),
    snapshot: () => backend.snapshot(),
    close: () => backend.close(),
  };
}
