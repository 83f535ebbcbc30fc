/** Names whose values are never printed: keys, secrets, tokens, passwords. */
const secretName = /KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL/i;

/** The user part of a URL, `redis://user:password@host`; up to the last @, since a password may not be encoded as it should. */
const userInfo = /\/\/\S*@/g;

/** The longest value that an error repeats: enough to recognise it, and still one line. */
const shownCharacters = 120;

/** A variable's value as an error message may show it: on one line, without secrets. */
export function redactValue(name: string, value: string): string {
  if (secretName.test(name)) return "[redacted]";
  const oneLine = value.replaceAll(/[\r\n\t]+/g, " ").replaceAll(userInfo, "//[redacted]@");
  return oneLine.length > shownCharacters ? `${oneLine.slice(0, shownCharacters)}…` : oneLine;
}
