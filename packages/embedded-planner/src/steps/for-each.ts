import { NodeType } from "@agent-team/contracts";
import type { Nouns } from "../nouns.ts";
import { jsonata, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const EACH = "(?:for )?(?:each|every|all)(?: single)?(?: (?:one )?of)?(?: (?:the|my|our|these|those|its))?";
const ANY = "one|them|these|those|items?|entry|entries|rows?|records?|elements?|results?";
const IN_IT = "(?: (?:in|of|from) (?:it|them|(?:the|that|this) (?:list|response|result|answer)))?";

/** Takes "for each order", "for each of them". Returns the noun of an entry; only nouns of "it" and general ones are taken. */
export function takeEach(reading: Reading, nouns: Nouns): string | undefined {
  const noun = reading.take(
    new RegExp(`^${EACH} (${[ANY, ...nouns.words()].join("|")})${IN_IT}(?![\\p{L}\\p{N}])`, "iu"),
  )?.[1];
  return noun === undefined ? undefined : nameOfEntry(noun);
}

/** The words "each order" inside a step, "post each order to …", which has "it" in their place. */
export function eachIn(text: string, nouns: Nouns): RegExpExecArray | undefined {
  const known = ["one", "of (?:them|these|those)", "item", "entry", "row", "record", ...nouns.words()].join("|");
  return (
    new RegExp(`(?<= )(?:each|every)(?: single)? (${known})(?: of them)?(?![\\p{L}\\p{N}])`, "iu").exec(text) ??
    undefined
  );
}

/** "orders" and "them" as the name of one of them. */
export function nameOfEntry(noun: string): string {
  if (/^(?:one|them|these|those|of .*|results?)$/i.test(noun)) return "entry";
  return noun.toLowerCase().replace(/ies$/, "y").replace(/s$/, "");
}

/** Runs the steps behind it once for each entry of "it". */
export function forEach(noun: string): Step {
  return {
    type: NodeType.FLOW,
    subtype: "FOR_EACH",
    name: `For each ${noun}`,
    sentence: () => "Go through the response, which has to be a list, one entry after the other",
    yields: "output",
    reads: true,
    configuration: ({ it }) => ({ configuration: { items: jsonata(it ?? "input") } }),
  };
}
