import { ApiError } from "./api-error.ts";

/**
 * CloudWatch's filter patterns of terms: a message must contain every plain term, no term with `-`, and at least one of the
 * terms with `?`. A phrase is quoted. Patterns for JSON, for fields and regular expressions (`{ … }`, `[ … ]`, `%…%`) are
 * refused.
 */
export function filterPattern(text: string, refusal: string): (message: string) => boolean {
  if (/^\s*[{[%]/.test(text)) {
    throw new ApiError(
      refusal,
      `The local cloud supports filter patterns of terms alone, such as 'serving -debug', got ${text}`,
    );
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
