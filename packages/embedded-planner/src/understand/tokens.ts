/**
 * A token is never split: a URL without the punctuation after it, quoted text, a JSON object, or a word with the dots and
 * colons inside it.
 */
export const TOKEN: RegExp =
  /https?:\/\/[^\s"'<>]*[^\s"'<>.,;:!?)\]]|"[^"]*"|(?<![\p{L}\p{N}])'[^']+'(?![\p{L}\p{N}])|\{[^{}]*\}|->|=>|[→⇒]|[\p{L}\p{M}\p{N}#@$€£_]+(?:[.:'/_-][\p{L}\p{M}\p{N}]+|,\d{3}(?!\d))*|[^\s]/gu;
