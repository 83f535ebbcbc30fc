/** "- fetch …" and "2. fetch …", at the head of a line. */
const LIST_MARK = /(^|[\r\n])[ \t]{0,8}(?:[-*\u2022]|\d{1,3}[.)])[ \t]+/g;

/** "1. fetch A 2. post it to B", in one line: only when the marks count up from 1. */
const INLINE_MARK = /(?<=^|\s)(\d{1,2})[.)]\s+(?=\p{L})/gu;

/**
 * The message with composed characters, straight quotes, no list marks, and the end of a sentence for each line break. A
 * lone surrogate becomes U+FFFD and a control character a space: no pattern matches either.
 */
export function normalise(message: string): string {
  return inlineList(
    message
      .toWellFormed()
      .normalize("NFC")
      .replace(/[\u2018\u2019]/g, "'")
      .replace(/[\u201c\u201d\u201e]/g, '"')
      .replace(LIST_MARK, "$1"),
  )
    .replace(/[\r\n]+/g, " ; ")
    .replace(/ & /g, " and ")
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
}

function inlineList(text: string): string {
  const marks = [...text.matchAll(INLINE_MARK)].map(({ 1: number }) => Number(number));
  const counts = marks.length > 1 && marks.every((number, index) => number === index + 1);
  return counts ? text.replace(INLINE_MARK, "; ") : text;
}
