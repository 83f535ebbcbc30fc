import type { Program } from "../program.ts";
import { paraphrase } from "./paraphrase.ts";
import { withoutTypos } from "./typos.ts";
import { isRequest, toProgram, type Understanding, understand } from "./understand.ts";

/** A text with more unknown phrases has no known meaning in any words, and each reading of a long text costs milliseconds. */
const MAX_LEFTOVERS = 8;

/**
 * Reads a request as it is written; if words are left over, in the words of the recognisers; if words are still left over, with slips of
 * the keyboard put right, which is a guess and becomes a question. Another reading counts only if it leaves no word over.
 */
export function read(text: string): Understanding & Pick<Program, "meant"> {
  const written = understand(text);
  if (written.leftovers.length === 0 || written.leftovers.length > MAX_LEFTOVERS) return written;
  const rewritten = paraphrase(text);
  const known = rewritten === text ? written : understand(rewritten);
  if (isWhole(known)) return known;
  const meant = withoutTypos(rewritten);
  return meant !== undefined && isWhole(understand(meant)) ? { ...written, meant } : written;
}

function isWhole(understood: Understanding): boolean {
  return understood.leftovers.length === 0 && understood.items.length > 0 && isRequest(understood);
}

/** The program of a request. */
export function readProgram(text: string): Program {
  const { meant, ...understood } = read(text);
  return { ...toProgram(understood), meant };
}
