/** Text that is never rewritten: URLs, quoted text, JSON. */
const VERBATIM = /(https?:\/\/\S+|"[^"]*"|\{[^{}]*\})/i;

const DATA = "(?:it|them|this|that|everything|the (?:results?|response|answer|data|output|content))";

/** Words that end what a reminder says: they are about when it is sent. */
const STOP =
  "(?:every|each|daily|hourly|weekly|monthly|at \\d|on \\p{L}+days?|in|when|whenever|if|unless|then|and|after|before|until|once|twice)(?![\\p{L}\\p{N}])";
const SAID = `[^\\s".;,]+(?: (?!${STOP})[^\\s".;,]+){0,30}`;

/**
 * Other words for what the recognisers know, and the words that they know. Each replacement keeps the whole meaning: words that are dropped
 * only wrap the request. The groups are in order: what wraps a request, verbs, places, times, conditions, approvals.
 */
const REWRITES: readonly (readonly [said: RegExp, known: string])[] = [
  [/\b(?:pls|plz)\b/gi, "please"],
  [/(?:,? (?:many )?(?:thanks|thank you|thx|cheers)(?: (?:in advance|a lot|so much))?[.!]*)$/gi, ""],
  [/^(?:hi|hello|hey)(?: (?:there|all|team))?[,!.:]? /gi, ""],
  [
    /(?:^|(?<=[.;] ))(?:(?:i|we)(?:'d| would)? (?:want|need|like|love)(?: to have| to get| to build| to set up)?|(?:can|could|would) (?:you|u) (?:please )?(?:build|make|create|set up|write|give)(?: me| us)?|(?:please )?(?:build|make|create|set up|write|give)(?: me| us)?|i am looking for|i'm looking for) (?:something|an? (?:small |simple |little |new )?(?:bot|job|flow|script|task|tool|automation|workflow|process)) (?:that|which|to) /gi,
    "",
  ],
  [
    /(?:^|(?<=[.;] ))(?:is it possible to|would it be possible to|my goal is to|the idea is to|help me(?: to)?|i(?:'d| would) love to|we (?:want|need) to|you (?:have|need) to|the (?:bot|workflow) should) /gi,
    "",
  ],
  [
    /(^|\b(?:and|then|that|which|it)(?:,)? |, |[.;] )(check|fetch|get|grab|post|send|tell|call|ask|wait|download|pull|push|upload|forward|alert|ping|notif|summarize|translate|keep)(?:i?es|s) /gi,
    "$1$2 ",
  ],
  [/(^|\b(?:and|then|that|which|it)(?:,)? |, |[.;] )notif /gi, "$1notify "],
  [/\b(?:grab|collect|obtain|pull in|pull down|look up|scrape|crawl|load up) /gi, "fetch "],
  [/\b(?:try|hit|invoke|curl|request data from|query) (?=https?:)/gi, "call "],
  [/\b(?:have a look at|take a look at|look at|visit|open) (?=https?:)/gi, "check "],
  [
    new RegExp(
      `\\b(?:forward|pass|relay|hand|deliver|transmit|pipe|ship|shoot|dump|feed)(?: ${DATA})?(?: on| over| along| off)? (?:to|into)\\b`,
      "gi",
    ),
    "send it to",
  ],
  [/\bput (?:it|them) (?:in|into|on) (?=#|slack)/gi, "post it to "],
  [
    /\b(?:ping|inform|warn|message|update|notify|alert) (?:me|us|the team|everyone) (?:in|on|via|through|over|by) (?=#|(?:the )?slack)/gi,
    "post it to ",
  ],
  [/\blet (#[\p{L}\p{N}_-]+) know\b/giu, "tell $1"],
  [/\b(?:ping|inform|warn|update) (?=#)/gi, "tell "],
  [new RegExp(`\\bremind (#[\\p{L}\\p{N}_-]+) (?:to|that|about) (${SAID})(?=$|[.;]| ${STOP})`, "giu"), 'tell $1 "$2"'],
  [/,? (?:and )?(?:otherwise|else|if not),? (?:do )?nothing(?: else)?(?=$|[.;])/gi, ""],
  [/\bput (?:the )?(?:results?|data|list|response|answer|output) (?:in|into|on) (?=#|slack)/gi, "post it to "],
  [/\b(?:drop|dump|push)(?:s|es)? (?:it|them) (?:in|into|to) (?=#|slack)/gi, "post it to "],
  [/^(?:run|start|execute|do)(?: (?:it|this))? (?=(?:every|each|daily|hourly|weekly|monthly|on the|at \d))/gi, ""],
  [/\b(?:drop|leave|write|put) (an? (?:message|note|line)) (?:in|into|to|on) /gi, "post $1 to "],
  [
    /\b(?:(?:from |every |on )?mon(?:day)?(?: ?- ?| to | till | until | through )fri(?:day)?|on (?:all )?(?:work|working|business) ?days|every (?:workday|work day)|each (?:workday|work day))\b/gi,
    "every weekday",
  ],
  [/\bon an? (daily|hourly|weekly|monthly) basis\b/gi, "$1"],
  [/\b(?:every single|each and every) (day|hour|week|month|minute|morning|evening)\b/gi, "every $1"],
  [/\b(?:every day of the week|day after day|every 24 hours daily)\b/gi, "every day"],
  [/\b(?:half-hourly|every half(?: an)? hour|each half hour|twice an hour)\b/gi, "every 30 minutes"],
  [/\bevery quarter (?:of an )?hour\b/gi, "every 15 minutes"],
  [/\b(every \d{1,3}) ?(?:mins?|m)\b/gi, "$1 minutes"],
  [/\b(every \d{1,3}) ?(?:hrs?|h)\b/gi, "$1 hours"],
  [/\bat (?:midday|noontime|12 noon)\b/gi, "at noon"],
  [/\bat (\d{1,2})(?::00)? (?:o'clock )?in the morning\b/gi, "at $1am"],
  [/\bat (\d{1,2})(?::00)? (?:o'clock )?in the (?:afternoon|evening)\b/gi, "at $1pm"],
  [/\bat (\d{1,2})h(\d{2})\b/gi, "at $1:$2"],
  [/\b(?:dips|sinks|goes down|goes) (below|under)\b/gi, "drops $1"],
  [/\b(?:surpasses|tops|climbs over|climbs above|goes over|goes above|rises over|is in excess of)\b/gi, "exceeds"],
  [/\b(?:becomes|turns into|turns)(?= \p{L}+)/giu, "is"],
  [
    /\b(?:get|wait for|need|require) (?:my|our) (?:ok|okay|go-ahead|green light|blessing|consent)\b/gi,
    "ask me to approve",
  ],
  [/\blet (me|us) (?:sign off|okay it|ok it|have a say)(?: on it)?\b/gi, "ask $1 to approve"],
  [
    /\bask (?:me|us) (?:for (?:an? )?(?:ok|okay|go-ahead|green light)|if (?:that|it) is (?:ok|okay|fine))\b/gi,
    "ask me to approve",
  ],
];

/** "summarize https://…" is two steps. */
const OF_URL =
  /\b(summari[sz]e|translate) (?:the (?:page|content|text) (?:of|at) )?(https?:\/\/[^\s"]*[^\s".,;:!?)])/gi;

/** The request in the words of the recognisers. The same text if there is nothing to rewrite. */
export function paraphrase(text: string): string {
  return text
    .replace(OF_URL, "fetch $2, $1 it")
    .split(VERBATIM)
    .map((part, index, parts) => (index % 2 === 1 ? part : rewrite(part, parts[index + 1] ?? "")))
    .join("")
    .trim();
}

/** Patterns that look at what follows a part see the beginning of the text that is not rewritten. */
function rewrite(part: string, next: string): string {
  const peek = next.slice(0, 8);
  const whole = REWRITES.reduce((words, [said, known]) => words.replace(said, known), part + peek);
  return whole.endsWith(peek) ? whole.slice(0, whole.length - peek.length) : part;
}
