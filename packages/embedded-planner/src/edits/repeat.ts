import type { Program } from "../program.ts";
import { Reading } from "../reading.ts";
import { canFail, describePolicy, mergePolicy, takePolicy } from "../steps/policy.ts";
import { Coverage } from "../understand/coverage.ts";
import { changed, type Edited, refused } from "./edit.ts";
import { listSteps, nameOf, targets } from "./target.ts";

const STEP =
  /\b(?:(?:for|of|to|on) )?the ((?:slack )?(?:fetch|get|download|call|post|send|upload|message|notification|summary|translation)|(?:first|last) step|step \d{1,2})\b/i;
const LEAD = /^(?:add|set|use|give it|with|and) (?=\S)/i;

/** "retry the fetch 3 times", "add a timeout of 30 seconds to the post". Without a step it is the only one that can fail. */
export function repeat(text: string, program: Program): Edited | undefined {
  const said = STEP.exec(text)?.[1];
  const reading = new Reading(text.replace(STEP, "it").replace(LEAD, ""));
  const words = reading.rest();
  const policy = takePolicy(reading);
  const coverage = new Coverage(words);
  coverage.claim(...reading.taken);
  if (policy === undefined || coverage.leftovers().length > 0) return undefined;
  const all = said === undefined ? program.items.map((_, index) => index) : targets(said, program);
  const found = all.filter((index) => {
    const item = program.items[index];
    return item?.kind === "step" && canFail(item.step);
  });
  const [index = -1, another] = found;
  const item = program.items[index];
  if (item?.kind !== "step" || another !== undefined) {
    return refused(`I do not know which step you mean. The steps are ${listSteps(program)}.`);
  }
  const changedItem = { ...item, policy: mergePolicy(item.policy, policy) };
  const items = program.items.with(index, changedItem);
  return changed(
    { ...program, items },
    `"${nameOf(item)}" now runs${describePolicy(changedItem.policy).replace(/^,/, "")}.`,
  );
}
