/**
 * What is never cut: a URL without the punctuation after it, something quoted, a JSON object, a word with its inner dots
 * and colons.
 */
export const TOKEN: RegExp =
  /https?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]]|"[^"]*"|(?<![\p{L}\p{N}])'[^']+'(?![\p{L}\p{N}])|\{[^{}]*\}|->|=>|[→⇒]|[\p{L}\p{M}\p{N}#@$€£_]+(?:[.:'/_-][\p{L}\p{M}\p{N}]+|,\d{3}(?!\d))*|[^\s]/gu;
