import { randomUUID } from "node:crypto";
import { systemClock } from "@agent-team/foundation/clock";
import type { Command } from "../command.ts";
import { GATEWAY_USAGE, openGateway } from "../gateway/gateway.ts";
import { parseId, parseOptions } from "../parse-options.ts";
import { watchProgress } from "../progress/watch-progress.ts";

/** Repeats a run that has ended, and shows its progress. */
export const rerun: Command = {
  name: "rerun",
  summary: "runs a failed run again from where it failed, and shows its progress",
  usage: `agent-team rerun RUN [--from-start] [--url URL]

  RUN           the id of a run that has failed, was canceled, or took too long
  --from-start  runs the present version of the workflow, from its trigger, with the input of RUN. Without it what had succeeded
                is not done again, and the version is that of RUN
${GATEWAY_USAGE}

Shows the new run as "agent-team run" does.

Exits with 0 when it has succeeded, with 1 otherwise.`,

  async run(args, context) {
    const options = { "from-start": { type: "boolean" }, url: { type: "string" } } as const;
    const { values, positionals } = parseOptions(args, options, 1);
    const runId = parseId("RUN", positionals[0]);
    const gateway = openGateway(values.url, context);
    const from = values["from-start"] === true ? "START" : "FAILED";
    const started = await gateway.post(`/v1/runs/${runId}/rerun`, { from, request_id: randomUUID() });
    context.out(`Run ${String(started["id"])} has started.`);
    return await watchProgress(started, gateway, context, systemClock);
  },
};
