import { randomUUID } from "node:crypto";
import { systemClock } from "@agent-team/foundation/clock";
import { type Command, UsageError } from "../command.ts";
import { GATEWAY_USAGE, openGateway } from "../gateway/gateway.ts";
import { parseId, parseOptions } from "../parse-options.ts";
import { watchProgress } from "../progress/watch-progress.ts";

/** Starts a run of a workflow, and shows its progress. */
export const run: Command = {
  name: "run",
  summary: "runs a stored workflow, and shows its progress until it ends",
  usage: `agent-team run WORKFLOW [--input JSON] [--url URL]

  WORKFLOW      the id of a stored workflow, which POST /v1/workflows answers with
  --input JSON  the output of the workflow's trigger; default null
${GATEWAY_USAGE}

On a terminal each node has one line: its state, its time, its error. Elsewhere each change is a line. Ctrl-C ends the watching and
not the run.

Exits with 0 when the run has succeeded, with 1 otherwise.`,

  async run(args, context) {
    const { values, positionals } = parseOptions(args, { input: { type: "string" }, url: { type: "string" } }, 1);
    const workflowId = parseId("WORKFLOW", positionals[0]);
    const input = values.input === undefined ? {} : { input: parseJson("--input", values.input) };
    const gateway = openGateway(values.url, context);
    const started = await gateway.post(`/v1/workflows/${workflowId}/runs`, { ...input, request_id: randomUUID() });
    context.out(`Run ${String(started["id"])} has started.`);
    return await watchProgress(started, gateway, context, systemClock);
  },
};

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${name}=${text}: expected JSON such as '{"amount":21}'`, { cause: error });
  }
}
