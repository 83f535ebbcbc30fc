import type { Program } from "../program.ts";
import { changed, type Edited } from "./edit.ts";

const RENAME = /^(?:rename|call|name) (?:it|this|the (?:workflow|draft))(?: to| as)? (?!https?:)"?([^"]{1,80}?)"?$/i;

/** "rename it to Big orders". */
export function rename(text: string, program: Program): Edited | undefined {
  const name = RENAME.exec(text)?.[1];
  return name === undefined ? undefined : changed({ ...program, name }, `The draft is now called "${name}".`);
}
