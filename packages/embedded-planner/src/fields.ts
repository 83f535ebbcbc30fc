/** The name of a field, as the source of a regular expression. */
export const FIELD: string =
  "(?<![\\p{L}\\p{N}_])[\\p{L}_][\\p{L}\\p{N}_]{0,62}(?:\\.[\\p{L}_][\\p{L}\\p{N}_]{0,62}){0,7}";

/** One or more fields: "name", "name and total", "name, total and id". */
export const FIELD_LIST: string = `(?:the |its )?${FIELD}(?:(?:,? and |, ?)(?:the |its )?${FIELD})*`;

/** "name, total and id" as three names. */
export function readFieldList(text: string): readonly string[] {
  return text.split(/,? and |, ?/i).map((field) => field.replace(/^(?:the|its) /i, ""));
}

/** JSONata for a field of `source`: `input.body.total`, with back-ticks around a name that JSONata would read as something else. */
export function fieldPath(source: string, field: string): string {
  return `${source}.${quoteField(field)}`;
}

/** JSONata for a field of the context. */
export function quoteField(field: string): string {
  return field
    .split(".")
    .map((part) => (/^[A-Za-z_][A-Za-z0-9_]*$/.test(part) && !RESERVED.has(part) ? part : `\`${part}\``))
    .join(".");
}

/** Words that JSONata reads as operators or values. */
const RESERVED: ReadonlySet<string> = new Set(["and", "or", "in", "true", "false", "null", "function"]);

/** JSON strings are JSONata strings. */
export function quoteText(text: string): string {
  return JSON.stringify(text);
}
