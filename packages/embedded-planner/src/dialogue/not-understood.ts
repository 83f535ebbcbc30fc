/** Enough to see what was wrong; a page of nonsense is not repeated in full. */
const MOST_WORDS = 20;
const LONGEST_WORD = 160;

/** The words to report: each once, in reading order, bounded. */
export function toReport(words: readonly string[]): readonly string[] {
  const short = words.map((word) =>
    word.length > LONGEST_WORD ? `${word.slice(0, LONGEST_WORD).toWellFormed()}…` : word,
  );
  return [...new Set(short)].slice(0, MOST_WORDS);
}
