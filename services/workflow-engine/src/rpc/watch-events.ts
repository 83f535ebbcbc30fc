import { type WatchRunResponse, WatchRunResponseSchema } from "@agent-team/contracts";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { MAX_PREVIEW_BYTES } from "../limits.ts";
import { RunFold } from "../run/fold.ts";
import type { RunEvent } from "../run-event.ts";
import { PayloadBudget, runStateOf, toError, toNodeExecution, toPendingApproval } from "./run-view.ts";

type Shown = NonNullable<MessageInitShape<typeof WatchRunResponseSchema>["event"]>;

/** Before an engine has taken the run. */
const NO_FENCE = "0";
const FENCE_LENGTH = 8;

/**
 * What a watcher sees of a run. In: its events, in order. Out: numbered messages. The same events give the same numbers on any
 * engine. The fence of a message names the driver of that time, so that a history that the store lost and wrote again differs.
 */
export class WatchEvents {
  readonly #fold = new RunFold();
  #sequence = 0;
  #fence = NO_FENCE;
  #state: ReturnType<typeof runStateOf> | undefined;

  /** The messages of the next event. */
  add(event: RunEvent): readonly WatchRunResponse[] {
    if (event.type === "run_taken") this.#fence = event.driver.slice(0, FENCE_LENGTH);
    this.#fold.add(event);
    const shown = [...("nodeId" in event ? this.#shownNode(event.nodeId) : []), ...this.#shownState()];
    return shown.map((each) => this.#number(event, each));
  }

  #shownNode(nodeId: string): readonly Shown[] {
    const node = this.#fold.status.nodes.get(nodeId);
    if (node === undefined) return [];
    const value = toNodeExecution(nodeId, node, new PayloadBudget(2 * MAX_PREVIEW_BYTES, MAX_PREVIEW_BYTES));
    const approvals = toPendingApproval([nodeId, node]);
    return [
      { case: "nodeChanged", value },
      ...approvals.map((approval) => ({ case: "approvalRequested", value: approval }) as const),
    ];
  }

  #shownState(): readonly Shown[] {
    const { status } = this.#fold;
    const state = runStateOf(status);
    if (state === this.#state) return [];
    this.#state = state;
    const { end } = status;
    const error = end === undefined || end.state === "succeeded" ? {} : { error: toError(end.error) };
    return [{ case: "runStateChanged", value: { state, ...error } }];
  }

  #number({ timeMs }: RunEvent, event: Shown): WatchRunResponse {
    const numbers = { sequence: ++this.#sequence, fence: this.#fence, eventTime: timestampFromMs(timeMs) };
    return create(WatchRunResponseSchema, { ...numbers, event });
  }
}
