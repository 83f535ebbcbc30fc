/**
 * Words that decide the structure of a sentence: verbs that begin a step, and words without a meaning of their own. The
 * words of one kind of step are in the file of that step.
 */

/** A clause begins before each of these, in any place. */
const VERBS = words(
  "fetch get download load pull retrieve post send submit push upload put patch delete wait pause ask require",
  "keep pick select extract rename tell notify alert summarize summarise translate transform let use",
);

/** Verbs at the beginning of a clause, and nouns in a list of fields. */
const NOUN_LIKE_VERBS = words("sum count call check ping read request query message publish remove sleep add");

/** Verbs with a list of fields, in which "and" joins fields and not clauses. */
const LIST_VERBS = words("keep pick select extract rename sum count tell notify");

/** After one of these a verb does not begin a step: "a post", "ask me to wait", "my request". */
const NOT_BEFORE_A_VERB = words(
  "a an the this that my your our its his her their to only is are be not every each any of no i we you they",
  "first slack gpt chatgpt claude ai llm model should must will would can could",
);

/** Products without a step in this version. A request that names one is not read as another step. */
export const UNSUPPORTED: RegExp =
  /\b(?:e-?mails?|mails?|gmail|outlook|inbox|sms|whatsapp|telegram|teams|discord|calendar|spreadsheets?|google sheets?|excel|jira|notion|github|twitter|tweets?|database|postgres|mysql|ftp|phone|printer)\b/i;

/**
 * Words without a meaning of their own: articles, pronouns, prepositions and forms of "be". The list excludes every word
 * that restricts, repeats, orders, counts or negates ("each", "only", "first", "until", "or", "not"): a draft without
 * such a word would be another workflow.
 */
const NEUTRAL = words(
  "a an the this that these those my your our its it them they he she i me we you us which who",
  "please kindly to from at of in on for with by into onto via using and but then so as also",
  "be is are am was were do does did has have will would can could should shall i'd i'll it's that's there",
  "workflow automation",
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

/** Whether a token can have a meaning: a word, a number, quoted text, or a symbol of programs. */
export function isToken(token: string): boolean {
  return /[\p{L}\p{N}#@$%{}[\]<>=|*^~\\]/u.test(token);
}

/** Whether a token has no meaning of its own. "AT" and "IT" in capitals may be a country and a department. */
export function isNeutral(token: string): boolean {
  return NEUTRAL.has(token.toLowerCase()) && !/^[A-Z]{2,3}$/.test(token);
}
