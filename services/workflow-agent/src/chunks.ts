/** Words per chunk. Few, so that a reader sees the answer grow. */
const WORDS_PER_CHUNK = 3;

/** Splits text into pieces of a few words. The pieces, joined, are the text. */
export function* chunks(text: string): Generator<string> {
  let words = 0;
  let start = 0;
  for (const match of text.matchAll(/\s+/g)) {
    words += 1;
    if (words % WORDS_PER_CHUNK !== 0) continue;
    const end = match.index + match[0].length;
    yield text.slice(start, end);
    start = end;
  }
  if (start < text.length) yield text.slice(start);
}
