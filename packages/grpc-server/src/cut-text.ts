export const ELLIPSIS = "…";

/** At most `maxCharacters` of a text, then an ellipsis. Never ends with half a surrogate pair; any other half becomes U+FFFD. */
export function cutText(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text.toWellFormed();
  const begin = text.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, "");
  return begin.toWellFormed() + ELLIPSIS;
}
