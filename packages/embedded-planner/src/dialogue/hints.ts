interface Hint {
  readonly about: RegExp;
  readonly says: string;
}

/** Limits of this version, and requests that it understands in their place. */
const HINTS: readonly Hint[] = [
  {
    about: /\b(?:e-?mail\w*|mails?|gmail|outlook|inbox|newsletter)\b|\S@\S+\.\w/i,
    says: "I cannot read or send e-mail; an HTTP request to a mail service can send it.",
  },
  {
    about: /\b(?:sms|text message|whatsapp|telegram|teams|discord|phone)\b/i,
    says: "Slack is the only messenger that I know; an HTTP request can call another one.",
  },
  {
    about: /\b(?:spreadsheets?|google sheets?|sheets?|excel|csv|airtable|notion|table|row)\b/i,
    says: "I know no spreadsheets and no tables; an HTTP request to their API can read and write them.",
  },
  {
    about:
      /\b(?:github|gitlab|jira|trello|asana|linear|stripe|shopify|hubspot|salesforce|twitter|tweets?|calendar|s3|dropbox|drive|database|postgres|mysql|ftp|printer)\b/i,
    says: "I know no apps besides Slack; an HTTP request to an app's API can do what it offers.",
  },
  {
    about:
      /\b(?:for each|for every|for all|each|every (?!\d|other|second|first|last|third|quarter|year|day|week|month|hour|minute|sun|mon|tue|wed|thu|fri|sat)\w+|one by one|per|loop|all)\b/i,
    says: 'I can work through a response that is a list, all of it: "fetch https://example.com/orders, for each order post it to https://example.com/hook".',
  },
  {
    about: /\b(?:until|till|while|again|repeat\w*|keep \w+ing|poll\w*|loop)\b/i,
    says: "I cannot repeat steps until something holds.",
  },
  {
    about:
      /\b(?:retr(?:y|ies|ied)|attempts?|tries|times|timeout|time out|fails?|failed|failure|errors?|goes wrong|unreachable)\b/i,
    says: 'Of errors I know "with 3 retries" (at most 9), "with a timeout of 30 seconds" (at most 10 minutes), and "if the fetch fails tell #ops".',
  },
  {
    about:
      /\b(?:tomorrow|today|tonight|now|next \w+|on \d|in \d+ (?:minutes|hours|days)|january|february|march|april|june|july|august|september|october|november|december|\d{4}-\d\d-\d\d)\b/i,
    says: "A schedule always repeats; I cannot start something once at a given time.",
  },
  {
    about:
      /\b(?:first|last|second|third|fourth|quarter\w*|year\w*|working day|twice|between|except|holidays?|other day|weeks|days|months)\b/i,
    says: "I know schedules such as every weekday at 9 and 17, every Monday and Thursday, on the first Monday or the last day of every month, every quarter, or every 15 minutes between 8 and 18.",
  },
  {
    about: /\b(?:parallel|same time|simultaneously|at once|concurrently)\b/i,
    says: "I can only put steps one after the other.",
  },
  {
    about: /\b(?:headers?|authorization|bearer|token|api[- ]?key|basic auth|user[- ]?agent|content-type)\b/i,
    says: "Of headers I know credentials alone, by the name of a secret: with the token from the secret ORDERS_API.",
  },
  {
    about: /\{\s*\{?[\w.]+|\$\w/,
    says: "I cannot fill values into a text or a body yet; a message can list fields: send a Slack message with name and total.",
  },
  {
    about:
      /\b(?:sort\w*|filter\w*|group\w*|dedup\w*|duplicates?|unique|average|minimum|maximum|merge|join|combine|only|new|latest|newest)\b/i,
    says: "Of data I can keep fields, rename a field, sum a field up, and count entries.",
  },
];

/** More hints would hide the question. */
const MAX_HINTS = 2;

/** The hints for words that were not understood; none if the words match no topic. */
export function hints(words: string): readonly string[] {
  return HINTS.filter(({ about }) => about.test(words))
    .slice(0, MAX_HINTS)
    .map(({ says }) => says);
}
