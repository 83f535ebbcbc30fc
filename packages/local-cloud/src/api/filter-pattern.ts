import { ApiError } from "./api-error.ts";

/**
 * CloudWatch's patterns of words: all of them occur, none that a `-` precedes, and at least one of those that a `?`
 * precedes; a phrase stands in quotes. Patterns of JSON and of fields (`{ … }`, `[ … ]`, `%…%`) are refused.
 */
export function filterPattern(text: string, refusal: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(text)) {
    throw new ApiError(refusal, `The local cloud filters by words only, as in 'serving -debug': got ${text}`);
  }
  const terms = [...text.matchAll(/([?-]?)(?:"([^"]*)"|([^\s"]+))/g)].map(([, sign, phrase, word]) => ({
    sign,
    word: phrase ?? word ?? "",
  }));
  const words = (sign: string): readonly string[] => terms.filter((term) => term.sign === sign).map(({ word }) => word);
  const [all, none, any] = [words(""), words("-"), words("?")];
  return (message) =>
    all.every((word) => message.includes(word)) &&
    !none.some((word) => message.includes(word)) &&
    (any.length === 0 || any.some((word) => message.includes(word)));
}
