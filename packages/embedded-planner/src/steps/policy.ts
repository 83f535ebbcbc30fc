import { formatDuration, takeDuration } from "../duration.ts";
import type { Policy, Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const NUMBER = "(\\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten)";
const AT_MOST = "(?:up to |at most |no more than |a maximum of )?";
const TIMES = `(?:(once|twice)|${NUMBER} (?:more )?times)(?: again| more)?`;
const AGAIN = new RegExp(
  `\\b(?:retry(?: (?:it|that|this|them))?|(?:try|repeat)(?: (?:it|that|this|them))? again)(?: for)? ${AT_MOST}${TIMES}`,
  "i",
);
const RETRIES = new RegExp(`\\b(?:with )?${AT_MOST}${NUMBER} retr(?:y|ies)\\b`, "i");
const ATTEMPTS = new RegExp(
  `\\b(?:with ${AT_MOST}${NUMBER} attempts|try(?: (?:it|that|this|them))? ${AT_MOST}${TIMES}|(?:give up|stop) after ${NUMBER} (?:attempts|tries))`,
  "i",
);
const TIMEOUT =
  /\b(?:with )?(?:an? )?(?:timeout|time limit)(?: of| is)?(?= )|\btimeout(?= )|\b(?:time out|give up) after(?= )/i;

/** The engine's limits of one node. */
const MAX_ATTEMPTS = 10;
const MAX_TIMEOUT_SECONDS = 600;

/** Words that begin a policy, as the source of a regular expression. */
export const POLICY_WORDS: string =
  "retry|(?:with )?(?:up to |at most )?(?:\\d+|one|two|three|four|five) (?:retries|retry|attempts)|try (?:(?:it|that|this|them) )?(?:again|up to|at most|once|twice|\\d+ times|(?:three|four|five) times)|(?:with )?(?:an? )?(?:timeout|time limit)|time out after|give up after";

/** Takes "retry 3 times", "with 2 retries", "with a timeout of 30 seconds". A number above the engine's limits is not taken. */
export function takePolicy(reading: Reading): Policy | undefined {
  const attempts = takeAttempts(reading);
  const timeoutSeconds = reading.take(TIMEOUT) === undefined ? undefined : takeDuration(reading);
  if (attempts === undefined && timeoutSeconds === undefined) return undefined;
  if ((attempts ?? 1) > MAX_ATTEMPTS || (timeoutSeconds ?? 1) > MAX_TIMEOUT_SECONDS) return undefined;
  return { attempts, timeoutSeconds };
}

/** "Retry 3 times" is four attempts, "try 3 times" is three. */
function takeAttempts(reading: Reading): number | undefined {
  const again = reading.take(AGAIN) ?? reading.take(RETRIES);
  if (again !== undefined) return numberIn(again) + 1;
  const attempts = reading.take(ATTEMPTS);
  return attempts === undefined ? undefined : numberIn(attempts);
}

const WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

function numberIn(match: RegExpExecArray): number {
  const said =
    match
      .slice(1)
      .find((group) => group !== undefined)
      ?.toLowerCase() ?? "";
  if (said === "once" || said === "twice") return said === "once" ? 1 : 2;
  return WORDS.includes(said) ? WORDS.indexOf(said) : Number(said);
}

/** Whether another attempt can mend its failure. */
export function canFail({ subtype }: Step): boolean {
  return subtype === "HTTP_REQUEST" || subtype === "SLACK" || subtype === "GENERATE";
}

/** Later words add to earlier ones. */
export function mergePolicy(earlier: Policy | undefined, later: Policy): Policy {
  return {
    attempts: later.attempts ?? earlier?.attempts,
    timeoutSeconds: later.timeoutSeconds ?? earlier?.timeoutSeconds,
  };
}

/** ", with up to 3 retries, each attempt for at most 30 seconds"; empty without a policy. */
export function describePolicy({ attempts = 1, timeoutSeconds }: Policy = {}): string {
  const retries = attempts < 2 ? "" : `, with up to ${attempts - 1} ${attempts === 2 ? "retry" : "retries"}`;
  const limit = timeoutSeconds === undefined ? "" : `, each attempt for at most ${formatDuration(timeoutSeconds)}`;
  return `${retries}${limit}`;
}
