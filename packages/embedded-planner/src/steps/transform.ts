import { NodeType } from "@agent-team/contracts";
import { withAmount } from "../comparators.ts";
import { FIELD, FIELD_LIST, fieldPath, quoteField, quoteText, readFieldList } from "../fields.ts";
import type { Nouns } from "../nouns.ts";
import { jsonata, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const KEEP = new RegExp(
  `^(?:keep|pick|select|extract)(?: out)?(?: only| just)?(?: the fields?)? (${FIELD_LIST})(?: fields?)?`,
  "iu",
);
const RENAME = new RegExp(`^rename (?:the )?(?:field )?(${FIELD}) (?:to|as|into) (${FIELD})`, "iu");
const SUM = new RegExp(`^(?:sum|add)(?: up)?(?: all| of)?(?: the)? (${FIELD})(?: up)?`, "iu");
/** "Keep only the latest" selects entries, not a field. */
const NO_FIELD =
  /^(?:first|last|latest|newest|oldest|new|unique|distinct|best|worst|top|one|ones|it|them|everything|this|that)$/i;
const COUNT = /^count\b(?: up)?/i;
const ENTRIES = /\b(?:(?:all|the|its|how many|number of) )*(?:entries|items|elements|rows|records)\b/i;

/** "keep only name and total", "rename total to amount", "sum up total", "count the orders". */
export function transform(reading: Reading, nouns: Nouns): Step | undefined {
  const keep = readFieldList(reading.take(KEEP)?.[1] ?? "").filter((field) => field !== "");
  if (keep.some((field) => NO_FIELD.test(field))) return undefined;
  if (keep.length > 0) return keepFields(keep);
  const rename = reading.take(RENAME);
  if (rename !== undefined) return renameField(rename[1] ?? "", rename[2] ?? "");
  const sum = reading.take(SUM);
  if (sum !== undefined) return sumField(sum[1] ?? "");
  if (reading.take(COUNT) === undefined) return undefined;
  if (reading.take(ENTRIES) === undefined && !nouns.takeIt(reading)) return undefined;
  return step("Count", "Count the entries of the list", (it) => `{ "count": $count(${it}) }`, ["count"]);
}

function keepFields(fields: readonly string[]): Step {
  const list = fields.join(", ");
  const members = fields.map((field) => `${quoteText(field)}: ${quoteField(field)}`).join(", ");
  const sentence = `Keep only the field${fields.length > 1 ? "s" : ""} ${list}`;
  // `it.{…}` makes an object from an object, and a list from a list.
  return step(`Keep ${list}`, sentence, (it) => `${it}.{ ${members} }`, fields);
}

function renameField(from: string, to: string): Step {
  const change = `{ ${quoteText(to)}: ${quoteField(from)} }, [${quoteText(from)}]`;
  return step(`Rename ${from} to ${to}`, `Rename ${from} to ${to}`, (it) => `${it} ~> | $ | ${change} |`);
}

function sumField(field: string): Step {
  const sum = (it: string): string => `{ ${quoteText(field)}: $sum(${fieldPath(it, field)}.$amount($)) }`;
  return step(`Sum ${field}`, `Sum up the field ${field}`, (it) => withAmount(sum(it)), [field]);
}

function step(name: string, sentence: string, expression: (it: string) => string, fields?: readonly string[]): Step {
  return {
    type: NodeType.ACTION,
    subtype: "DATA_TRANSFORMATION",
    name,
    sentence: () => sentence,
    yields: "output",
    reads: true,
    fields,
    configuration: ({ it }) => ({ configuration: { expression: jsonata(expression(it ?? "input")) } }),
  };
}
