import { NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { cutText } from "../cut-text.ts";
import { MAX_PROMPT_BYTES, MAX_RUN_TIMEOUT_MS } from "../limits.ts";
import type { NodeKind } from "../node-kind.ts";
import { checked, text } from "./fields.ts";

const configuration = z.strictObject({
  prompt: text("The question to the person."),
  expires_after_seconds: z
    .number()
    .positive()
    .max(MAX_RUN_TIMEOUT_MS / 1000)
    .optional()
    .describe("Seconds to wait for the answer. Default: until the end of the run's life, 30 days."),
});

export const approval: NodeKind = {
  type: NodeType.HUMAN_IN_THE_LOOP,
  subtype: "APPROVAL",
  description:
    'Asks a person, whose decision comes by SignalRun. Its input leaves by "approved", "rejected", or "expired" when no answer comes in time.',
  configuration,
  outputKeys: ["approved", "rejected", "expired"],
  run: (context) => {
    const { prompt, expires_after_seconds: seconds } = checked(configuration, context.configuration);
    return {
      wait: {
        forMs: seconds === undefined ? undefined : seconds * 1000,
        outputKey: "expired",
        prompt: cutText(prompt, MAX_PROMPT_BYTES),
      },
    };
  },
};
