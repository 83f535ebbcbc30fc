/** What a person wants done with the draft as a whole. `start`: to run it, or to let its trigger start it. */
export type Order =
  | "save"
  | "save-as-new"
  | "replace"
  | "run"
  | "start"
  | "activate"
  | "deactivate"
  | "show"
  | "start-again"
  /** The person wants none of it: "don't save it". */
  | "nothing";

const IT =
  "(?:it|this|that|this one|that one|(?:the|this|my|our|that) (?:whole )?(?:draft|workflow|automation)|everything)";
const NEW = "(?:a |an )?(?:new|another|second|separate|different)(?: one| workflow| draft| copy)?";

/** Words around an order that change nothing of it. */
const BEFORE =
  /^(?:(?:ok(?:ay)?|yes|yep|yeah|yup|sure|great|good|fine|perfect|nice|cool|super|thanks|thank you|looks (?:good|great|right|fine)|that's (?:it|right|good|fine)|all right|alright|well|right|now|please|then|and|so|just|go ahead(?: and)?|let's|let us|(?:can|could|would|will) you|you can|i(?: want| would like|'d like)(?: you)? to)\b[\s,.;!:-]*)+/i;
const AFTER = /(?:[\s,]+(?:please|now|then|thanks|thank you|right away|immediately|at once|once|for me))*[\s.!]*$/i;

const CORES: readonly (readonly [Order, RegExp])[] = (
  [
    [
      "nothing",
      `(?:don't|do not|never|please don't|no,? (?:don't|do not)) (?:save|store|keep|run|start|execute|launch|activate|test|try)(?: ${IT})?(?: yet)?`,
    ],
    [
      "save-as-new",
      `(?:save|store|keep) (?:${IT} )?as ${NEW}|(?:save|store) a (?:new )?copy|keep both|save (?:a )?new`,
    ],
    [
      "replace",
      `(?:replace|overwrite|update) (?:it|that|(?:the|my) (?:(?:saved|stored|old|existing) )?(?:one|workflow|version))|(?:save|store) (?:the|my|these|those) changes?`,
    ],
    ["save", `save|store|(?:save|store) ${IT}`],
    [
      "run",
      `run|execute|(?:(?:save|store) (?:${IT} )?and (?:then )?)?(?:run|execute|test|try)(?: out)? ${IT}(?: out)?|(?:save|store) (?:${IT} )?and (?:then )?(?:run|execute)|(?:test|try) ${IT} out|give ${IT} a (?:try|run|go)`,
    ],
    ["start", `start|(?:start|launch) ${IT}|kick ${IT} off|kick off ${IT}`],
    [
      "activate",
      `activate|(?:activate|enable|schedule) ${IT}|(?:turn|switch) (?:${IT} on|on ${IT})|go live|make ${IT} live`,
    ],
    ["deactivate", `deactivate|(?:deactivate|disable|pause) ${IT}|(?:turn|switch) (?:${IT} off|off ${IT})`],
    [
      "show",
      `show|(?:show|print|display|list|describe|explain|repeat)(?: me)? (?:${IT}|the steps|what you have|what we have)(?: again| so far)*|show me|let me see(?: ${IT})?|what (?:do|have) (?:you|we) (?:have|got)(?: so far)?|what does (?:it|the (?:draft|workflow)) do|where are we`,
    ],
    [
      "start-again",
      `(?:start|begin) (?:again|over|from scratch|anew|afresh)|reset|discard|(?:throw|discard|forget|drop|delete|scrap|clear|trash|reset) ${IT}(?: away)?|throw away ${IT}`,
    ],
  ] as const
).map(([order, words]) => [order, new RegExp(`^(?:${words})$`, "i")]);

/** An order has few words. Longer texts are not searched. */
const MAX_CHARACTERS = 120;

/** The order that a message is; undefined for any other message. Only a whole message is an order: none is found within a text. */
export function orderIn(text: string): Order | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const asks = text.endsWith("?");
  const rest = text.replace(/\?$/, "").replace(BEFORE, "");
  // "can you save it?" is an order; "save it?" and "should I save it?" ask.
  const core = rest.replace(AFTER, "");
  const order = CORES.find(([, words]) => words.test(core))?.[0];
  if (order === undefined || !asks || order === "show") return order;
  return /^(?:.*\W)?(?:can|could|would|will) you\b/i.test(text) ? order : undefined;
}

/** Words of an order; not within a URL or a name, such as "x.test". */
const MAY_SAVE = word("sav(?:e|ed|ing)|stor(?:e|ed|ing)|keep|publish(?:ed)?|deploy(?:ed)?");
const MAY_RUN = word("run(?:ning)?|execut(?:e|ed)|start(?:ed)?|launch(?:ed)?|test|try");

function word(words: string): RegExp {
  return new RegExp(`(?<![\\p{L}\\p{N}./:#@_-])(?:${words})(?![\\p{L}\\p{N}/_-]|\\.\\p{L})`, "iu");
}

/** The order that a message may mean, for a question: it has the word, and more or other words than an order has. */
export function mayMean(text: string): "save" | "run" | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  if (MAY_SAVE.test(text)) return "save";
  return MAY_RUN.test(text) ? "run" : undefined;
}

/** The answer to a question whether an order is meant. Undefined: the message answers something else. */
export function isYes(text: string): boolean | undefined {
  if (
    /^(?:yes|yep|yeah|yup|sure|ok(?:ay)?|do it|please do|right|correct|go ahead|ja|oui|s[ií])(?:[\s,]+please)?[.!]*$/i.test(
      text,
    )
  ) {
    return true;
  }
  return /^(?:no|nope|not yet|nein|non|never ?mind)(?:[\s,]+thanks?(?: you)?)?[.!]*$/i.test(text) ? false : undefined;
}
