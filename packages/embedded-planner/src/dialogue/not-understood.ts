/** Bounds of a report: a long text without meaning is not repeated in full. */
const MAX_WORDS = 20;
const MAX_WORD_LENGTH = 160;

/** The words for a report: each once, in reading order, at most `MAX_WORDS` of `MAX_WORD_LENGTH` characters. */
export function toReport(words: readonly string[]): readonly string[] {
  const short = words.map((word) =>
    word.length > MAX_WORD_LENGTH ? `${word.slice(0, MAX_WORD_LENGTH).toWellFormed()}…` : word,
  );
  return [...new Set(short)].slice(0, MAX_WORDS);
}
