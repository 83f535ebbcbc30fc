import type { Reading } from "./reading.ts";

/**
 * The name of a secret, as the source of a regular expression that distinguishes capitals: "orders-api", "GITHUB_TOKEN". A word without a
 * hyphen, an underscore, a digit or a capital is one at the end of the text alone: elsewhere it may be the next word of the sentence.
 */
const NAME =
  '(?:"([A-Za-z][A-Za-z0-9_-]{0,63})"|(?=[a-z]*[-_0-9A-Z])([A-Za-z][A-Za-z0-9_-]{0,63})|([a-z]{2,64})(?=\\s*$))(?![\\p{L}\\p{N}_-])';
const CALLED = "(?:(?:called|named) )?";

/** "the secret orders-api", after a word such as "from". */
export const SECRET: string = `(?:(?:the|my|our|a) )?secret ${CALLED}${NAME}`;

/** Answers that are no name: "no" would be a secret called NO. */
const NO_NAME = "(?!(?:[Nn]o|[Yy]es|none|nothing|cancel|stop|abort|skip|ok|okay|help|what|why|unknown)$)";
const ANSWER = new RegExp(
  `^(?:it is |it's )?(?:(?:in|from|with|use) )?(?:${SECRET}|${CALLED}${NO_NAME}"?([A-Za-z][A-Za-z0-9_-]{0,63})"?)$`,
  "u",
);

/** The name in a match of `SECRET`, as the engine writes names of secrets: ORDERS_API. */
export function secretOf(groups: readonly (string | undefined)[]): string | undefined {
  const said = groups.find((group) => group !== undefined);
  return said?.toUpperCase().replaceAll("-", "_");
}

/** An answer that is the name of a secret and nothing else. */
export function takeSecretName(answer: Reading): string | undefined {
  const match = answer.take(ANSWER);
  return match === undefined ? undefined : secretOf(match.slice(1));
}

/** What stands in the workflow: the engine puts the value in when it sends. */
export function referenceTo(name: string): string {
  return `{{secret:${name}}}`;
}
