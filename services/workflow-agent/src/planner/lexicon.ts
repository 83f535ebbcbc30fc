/**
 * The words that shape a sentence: those that begin a step, those that join clauses, and those that mean nothing by
 * themselves. What a step's own words mean stands with the step.
 */

/** A clause begins before these, wherever they stand. */
const VERBS = words(
  "fetch get download load pull retrieve post send submit push upload put patch delete wait pause ask require",
  "keep pick select extract rename tell notify alert summarize summarise transform",
);

/** These are verbs at the head of a clause, and nouns in a list of fields. */
const NOUN_LIKE_VERBS = words("sum count call check ping read request query message publish remove sleep add");

/** These take a list of fields, in which "and" joins fields and not clauses. */
const LIST_VERBS = words("keep pick select extract rename sum count tell notify");

/** After one of these a verb is no new step: "a post", "ask me to wait", "my request". */
const NOT_BEFORE_A_VERB = words(
  "a an the this that my your our its his her their to only is are be not every each any of no i we you they",
);

/** Products that somebody may name and this version has no step for: better reported than mistaken. */
export const UNSUPPORTED: RegExp =
  /\b(?:e-?mails?|mails?|gmail|outlook|inbox|sms|whatsapp|telegram|teams|discord|calendar|spreadsheets?|google sheets?|excel|jira|notion|github|twitter|tweets?|database|postgres|mysql|ftp|phone|printer)\b/i;

/** "the orders", "my open invoices": a plural is what was fetched; a singular may be a field, and is reported. */
export const DESCRIBED_IT: RegExp = /\b(?:the|these|those|my|our|all)(?: [\p{L}-]{1,40}){0,2} [\p{L}-]{1,40}s\b/iu;

const FILLER = words(
  "a an the this that these those my your our its it them they he she i me we you us one ones each all any some",
  "please kindly can could would will should shall want wants need needs like i'd i'll let's lets help may might must",
  "to from at of in on for with by and or as also just only then so but be is are was do does did has have when if",
  "new workflow workflows automation flow create make build draft set up something somebody which who what into onto",
  "via using use there here result results response output data value message thing things item items again where",
  "run runs start starts happen happens it's that's given over out back first there's step steps tell me until once",
);

function words(...lines: readonly string[]): ReadonlySet<string> {
  return new Set(lines.flatMap((line) => line.split(" ")));
}

/** Whether `word` begins a new clause after `previous`, in a clause that began with `head`. */
export function beginsStep(word: string, previous: string, head: string): boolean {
  const [verb, before] = [word.toLowerCase(), previous.toLowerCase()];
  if (NOT_BEFORE_A_VERB.has(before) || isVerb(before)) return false;
  if (VERBS.has(verb)) return true;
  return NOUN_LIKE_VERBS.has(verb) && !LIST_VERBS.has(head.toLowerCase());
}

function isVerb(word: string): boolean {
  return VERBS.has(word) || NOUN_LIKE_VERBS.has(word);
}

/** Whether a word says nothing by itself, so that nobody misses it. */
export function isFiller(word: string): boolean {
  return FILLER.has(word.toLowerCase());
}
