/** A value that is encoded as XML: an object has an element for each member, a list repeats its element, undefined is left out. */
export type Xml = string | number | boolean | undefined | readonly Xml[] | { readonly [name: string]: Xml };

/** `attributes` is inserted into the tag unescaped. */
export function element(name: string, value: Xml, attributes = ""): string {
  if (value === undefined) return "";
  if (isList(value)) return value.map((each) => element(name, each, attributes)).join("");
  return `<${name}${attributes}>${content(value)}</${name}>`;
}

function content(value: Exclude<Xml, undefined | readonly Xml[]>): string {
  if (typeof value !== "object") return escape(String(value));
  return Object.entries(value)
    .map(([name, member]) => element(name, member))
    .join("");
}

function isList(value: Xml): value is readonly Xml[] {
  return Array.isArray(value);
}

/** XML 1.0 does not allow most control characters, so they are dropped. */
function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "");
}
