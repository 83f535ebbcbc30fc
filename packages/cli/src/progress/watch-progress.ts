import type { Clock } from "@agent-team/foundation/clock";
import type { CommandContext } from "../command.ts";
import type { Gateway, JsonObject } from "../gateway/gateway.ts";
import { GatewayError } from "../gateway/gateway-error.ts";
import { followRun } from "./follow-run.ts";
import { RunBoard } from "./run-board.ts";
import { isFinal } from "./run-change.ts";
import { LinesView, type RunView, TerminalView } from "./run-view.ts";

/**
 * Shows the progress of a run until it has ended. Resolves to the exit code: 0 when it has succeeded. Ctrl-C ends the watching and
 * not the run.
 *
 * @throws GatewayError
 */
export async function watchProgress(
  run: JsonObject,
  gateway: Gateway,
  context: CommandContext,
  clock: Clock,
): Promise<number> {
  const { out, err, signal } = context;
  const runId = String(run["id"]);
  const board = new RunBoard(await nodeIdsOf(run, gateway));
  const view = createView(board, context, clock);
  try {
    for await (const change of followRun(gateway, runId, clock, signal)) {
      board.add(change);
      view.didChange(change);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    view.close();
  }
  if (!isFinal(board.state)) {
    err(`The run goes on. "agent-team watch ${runId}" shows it again.`);
    return 1;
  }
  const { output } = await gateway.get(`/v1/runs/${runId}`);
  if (output !== undefined) out(`output  ${JSON.stringify(output)}`);
  if (board.state === "succeeded") return 0;
  err(`"agent-team rerun ${runId}" runs it again from where it stopped.`);
  return 1;
}

function createView(board: RunBoard, { terminal, out }: CommandContext, clock: Clock): RunView {
  return terminal === undefined ? new LinesView(board, clock, out) : new TerminalView(board, clock, terminal);
}

/** The nodes of the workflow in their order; none when it is another version by now, or deleted. */
async function nodeIdsOf(run: JsonObject, gateway: Gateway): Promise<readonly string[]> {
  try {
    const workflow = await gateway.get(`/v1/workflows/${String(run["workflow_id"])}`);
    if (workflow["version"] !== run["workflow_version"]) return [];
    const { nodes = [] } = (workflow["spec"] ?? {}) as { readonly nodes?: readonly { readonly id: string }[] };
    return nodes.map(({ id }) => id);
  } catch (error) {
    if (error instanceof GatewayError && error.status === 404) return [];
    throw error;
  }
}
