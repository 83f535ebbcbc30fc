import { cutText } from "../cut-text.ts";

/** Variables whose values are never printed. */
const SECRET_NAME = /KEY|SECRET|TOKEN|PASSWORD|CREDENTIAL/i;

/** A path is no secret, and an error must name it. */
const PATH_NAME = /_FILE$/i;

/** The user part of a URL, `redis://user:password@host`; up to the last @, because a password may have an @ that is not encoded. */
const USER_INFO = /\/\/\S*@/g;

/** Of a value in an error: enough to recognise the value, and still one line. */
const MAX_SHOWN_CHARACTERS = 120;

/** A variable's value as an error message may show it: on one line, without secrets. */
export function redactValue(name: string, value: string): string {
  if (SECRET_NAME.test(name) && !PATH_NAME.test(name)) return "[redacted]";
  const oneLine = value.replaceAll(/[\r\n\t]+/g, " ").replaceAll(USER_INFO, "//[redacted]@");
  return cutText(oneLine, MAX_SHOWN_CHARACTERS);
}
