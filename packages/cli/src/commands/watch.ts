import { systemClock } from "@agent-team/foundation/clock";
import type { Command } from "../command.ts";
import { GATEWAY_USAGE, openGateway } from "../gateway/gateway.ts";
import { parseId, parseOptions } from "../parse-options.ts";
import { watchProgress } from "../progress/watch-progress.ts";

/** Shows the progress of a run. */
export const watch: Command = {
  name: "watch",
  summary: "shows the progress of a run until it ends",
  usage: `agent-team watch RUN [--url URL]

  RUN           the id of a run, which "agent-team run" prints
${GATEWAY_USAGE}

Shows the run from its beginning, also one that has ended, as "agent-team run" does.

Exits with 0 when the run has succeeded, with 1 otherwise.`,

  async run(args, context) {
    const { values, positionals } = parseOptions(args, { url: { type: "string" } }, 1);
    const runId = parseId("RUN", positionals[0]);
    const gateway = openGateway(values.url, context);
    return await watchProgress(await gateway.get(`/v1/runs/${runId}`), gateway, context, systemClock);
  },
};
