import type { Program } from "../program.ts";
import { changed, type Edited, refused } from "./edit.ts";
import { hasCases, listSteps, nameOf, targets } from "./target.ts";

const MOVE = /^(?:move|put|do) (.{1,120}?) (before|after|in front of|behind) (.{1,120})$/i;

/** "move the approval before the fetch". */
export function move(text: string, program: Program): Edited | undefined {
  const [, what = "", where = "", there = ""] = MOVE.exec(text) ?? [];
  if (what === "" || /https?:|[{"]/i.test(what)) return undefined;
  const [[from, ...moreFrom], [to, ...moreTo]] = [targets(what, program), targets(there, program)];
  if (from === undefined || to === undefined || moreFrom.length > 0 || moreTo.length > 0 || from === to) {
    return refused(`I do not know which steps you mean. The steps are ${listSteps(program)}.`);
  }
  const item = program.items[from];
  const isBranch = item?.kind !== "step" || program.items[to]?.kind !== "step";
  if (isBranch || hasCases(program)) {
    return refused("I move steps only where no other case has steps of its own. Say the whole request once more.");
  }
  const isBefore = /^(?:before|in)/i.test(where);
  const rest = program.items.toSpliced(from, 1);
  const anchor = to > from ? to - 1 : to;
  const items = rest.toSpliced(isBefore ? anchor : anchor + 1, 0, item);
  return changed(
    { ...program, items },
    `"${nameOf(item)}" now comes ${isBefore ? "before" : "after"} "${nameOf(program.items[to])}".`,
  );
}
