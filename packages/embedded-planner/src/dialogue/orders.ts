/** What a person wants done with the draft as a whole. */
export type Order = "save" | "run" | "show" | "start-again";

const POLITE = "(?:ok(?:ay)?,? |yes,? |please |now |great,? |and |then )*";
const IT = "(?:it|this|that|the (?:workflow|draft))";

const SAVE = new RegExp(`^${POLITE}(?:save|store|keep|publish|create) ${IT}(?: please)?[.!]?$`, "i");
const RUN = new RegExp(
  `^${POLITE}(?:(?:save|store) (?:${IT} )?and )?(?:run|start|execute|launch|test|try) ${IT}(?: now| please)*[.!]?$`,
  "i",
);
const SHOW =
  /^(?:please )?(?:(?:can|could) you )?(?:show|print|display|list|describe|explain|repeat)(?: me)? (?:it|the (?:draft|workflow|steps)|what you have)(?: again| please)*[.!?]?$|^what does (?:it|the (?:draft|workflow)) do\??$/i;
const START_AGAIN =
  /^(?:please )?(?:start (?:again|over|from scratch|anew)|begin again|reset|(?:throw|discard|forget|drop|delete) (?:it|everything|the (?:whole )?(?:draft|workflow))(?: away)?)(?: please)?[.!]?$/i;

/** The order that a message is; undefined for any other message. Only a whole message is an order: none is found within a text. */
export function orderIn(text: string): Order | undefined {
  if (SAVE.test(text)) return "save";
  if (RUN.test(text)) return "run";
  if (SHOW.test(text)) return "show";
  return START_AGAIN.test(text) ? "start-again" : undefined;
}
