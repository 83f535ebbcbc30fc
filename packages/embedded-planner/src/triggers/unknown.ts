import { NodeType } from "@agent-team/contracts";
import type { Step } from "../program.ts";
import { manual, takeByHand } from "./manual.ts";
import { schedule } from "./schedule.ts";
import { webhook } from "./webhook.ts";
import { takeWhen } from "./when.ts";

/** "when an email arrives": an event that this version cannot receive, so the planner asks for another trigger. */
export function unknownTrigger(words: string): Step {
  return {
    type: NodeType.TRIGGER,
    subtype: "MANUAL",
    name: "Start",
    sentence: () => `Start when ${words}`,
    yields: "output",
    reads: false,
    hole: {
      slot: "trigger",
      question: `I cannot notice when ${words}. What should start it?`,
      options: ["a webhook", "every day at 9:00", "by hand"],
      fill(answer) {
        const when = takeWhen(answer);
        if (when !== undefined) return schedule(when);
        return webhook(answer) ?? (takeByHand(answer) ? manual({ isGiven: true }) : undefined);
      },
    },
    configuration: () => ({ configuration: {} }),
  };
}
