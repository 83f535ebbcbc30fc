import type { Program } from "../program.ts";
import { changed, type Edited, refused } from "./edit.ts";
import { hasCases, listSteps, nameOf, targets } from "./target.ts";

const DROP =
  /^(?:drop|remove|delete|skip|omit|leave out|take out|get rid of|without|no need for|forget(?: about)?) (.{1,120}?)(?: again)?$/i;

/** "drop the approval", "remove step 3". */
export function drop(text: string, program: Program): Edited | undefined {
  const said = DROP.exec(text)?.[1];
  if (said === undefined) return undefined;
  const found = targets(said, program);
  const [index] = found;
  if (index === undefined) return refused(`I find no step "${said}". The steps are ${listSteps(program)}.`);
  if (found.length > 1) {
    return refused(
      `"${said}" can mean ${found.map((each) => `"${nameOf(program.items[each])}"`).join(" or ")}. Which one?`,
    );
  }
  const item = program.items[index];
  const ownsCases =
    item?.kind === "if" || (item?.kind === "step" && (item.isCaught === true || item.step.subtype === "APPROVAL"));
  if (ownsCases && hasCases(program)) {
    return refused(
      `Other steps depend on the outcome of "${nameOf(item)}". Say the whole request once more without it.`,
    );
  }
  return changed({ ...program, items: program.items.toSpliced(index, 1) }, `I removed "${nameOf(item)}".`);
}
