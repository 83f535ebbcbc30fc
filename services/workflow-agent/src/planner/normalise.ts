/** "- fetch …" and "2. fetch …", at the head of a line. */
const LIST_MARK = /(^|[\r\n])[ \t]{0,8}(?:[-*\u2022]|\d{1,3}[.)])[ \t]+/g;

/**
 * One spelling per thing before anything is read: composed characters, straight quotes, and a line break as the end
 * of a sentence. Lone surrogates and control characters become what no pattern matches.
 */
export function normalise(message: string): string {
  return message
    .toWellFormed()
    .normalize("NFC")
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d\u201e]/g, '"')
    .replace(LIST_MARK, "$1")
    .replace(/[\r\n]+/g, " ; ")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
}
