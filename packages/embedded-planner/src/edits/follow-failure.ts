import type { Program, StepItem } from "../program.ts";
import { FAILURE_WORDS, failingStep } from "../understand/failure.ts";
import { read } from "../understand/read.ts";
import { changed, type Edited, refused } from "./edit.ts";
import { nameOf } from "./target.ts";

const FAILURE = new RegExp(`^(${FAILURE_WORDS}),? (?:then )?(.+)$`, "iu");

/** "if the fetch fails tell #ops": another case at the end of the draft. */
export function followFailure(text: string, program: Program): Edited | undefined {
  const [, words, request] = FAILURE.exec(text) ?? [];
  if (words === undefined || request === undefined) return undefined;
  const { trigger, items, leftovers } = read(request);
  const steps = items.filter((item) => item.kind === "step");
  if (trigger !== undefined || steps.length === 0 || steps.length < items.length || leftovers.length > 0) {
    return undefined;
  }
  const failing = failingStep(program.items, words, 0);
  if (failing === undefined) return refused("No step of the draft can fail in that way.");
  if ("why" in failing) return refused(`I am not sure about "${words}": ${failing.why}.`);
  // The case of a failure belongs to the last step before it that has one.
  if (program.items.some((item, index) => item.kind === "step" && item.isCaught === true && index >= failing.index)) {
    return refused("The draft has a case for a failure already. Say the whole request once more.");
  }
  const caught = { ...(program.items[failing.index] as StepItem), isCaught: true };
  const all = [...program.items.with(failing.index, caught), { kind: "failure" } as const, ...steps];
  return changed(
    { ...program, items: all },
    `I added what happens if "${nameOf(caught)}" fails: ${steps.map((step) => `"${nameOf(step)}"`).join(" and ")}.`,
  );
}
