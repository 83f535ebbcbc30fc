/** The client of the workflow engine. It finds its engines by the `WORKFLOW_ENGINE_*` variables. */

import { WorkflowEngineService } from "@agent-team/contracts";
import type { Environment, IdentitySigner } from "@agent-team/grpc-server";
import { type Client, createClient } from "@connectrpc/connect";
import { type Backend, type ChannelView, openBackend } from "./backend.ts";
import { withIdentity } from "./with-identity.ts";
import { withRequestId } from "./with-request-id.ts";

/** Limit of a call, in ms. It includes the wait for an endpoint and every retry; no engine call waits for a run. */
const callTimeoutMs = 10_000;

type Engine = Client<typeof WorkflowEngineService>;

/** What the gateway asks of the engine. Each call has a limit of 10 s and may throw ConnectError. */
export interface EngineClient
  extends ChannelView,
    Pick<
      Engine,
      | "listNodeTypes"
      | "validateWorkflow"
      | "getWorkflow"
      | "listWorkflows"
      | "deleteWorkflow"
      | "getRun"
      | "listRuns"
      | "deleteRun"
    > {
  /** An empty `requestId` is filled. */
  readonly createWorkflow: Engine["createWorkflow"];
  /** An empty `requestId` is filled. */
  readonly startRun: Engine["startRun"];
  close(): Promise<void>;
}

export interface EngineClientOptions {
  /** Where the variables are read. Default: the process environment. */
  readonly env?: Environment | undefined;
  /** Calls go here instead of over a channel, and no variable is read. For tests. */
  readonly backend?: Backend | undefined;
  /**
   * Signs who a call is made for, which services with IDENTITY_SECRET ask for; each call then needs its caller.
   * Default: none, for services that ask for no identity.
   */
  readonly identity?: IdentitySigner | undefined;
}

/** @throws ConfigError of one line when a variable is wrong. An engine that does not answer is no error here. */
export function createEngineClient(options: EngineClientOptions = {}): EngineClient {
  const backend = options.backend ?? openBackend("WORKFLOW_ENGINE", options.env ?? process.env, 50050);
  const engine = createClient(
    WorkflowEngineService,
    withIdentity(backend.transport, options.identity, "workflow-engine"),
  );
  const limited = { timeoutMs: callTimeoutMs };
  return {
    listNodeTypes: (request, call) => engine.listNodeTypes(request, { ...limited, ...call }),
    validateWorkflow: (request, call) => engine.validateWorkflow(request, { ...limited, ...call }),
    createWorkflow: (request, call) => engine.createWorkflow(withRequestId(request), { ...limited, ...call }),
    getWorkflow: (request, call) => engine.getWorkflow(request, { ...limited, ...call }),
    listWorkflows: (request, call) => engine.listWorkflows(request, { ...limited, ...call }),
    deleteWorkflow: (request, call) => engine.deleteWorkflow(request, { ...limited, ...call }),
    startRun: (request, call) => engine.startRun(withRequestId(request), { ...limited, ...call }),
    getRun: (request, call) => engine.getRun(request, { ...limited, ...call }),
    listRuns: (request, call) => engine.listRuns(request, { ...limited, ...call }),
    deleteRun: (request, call) => engine.deleteRun(request, { ...limited, ...call }),
    on: (listener) => backend.on(listener),
    snapshot: () => backend.snapshot(),
    close: () => backend.close(),
  };
}
