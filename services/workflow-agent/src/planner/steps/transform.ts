import { NodeType } from "@agent-team/contracts";
import { FIELD, FIELD_LIST, fieldPath, quoteField, quoteText, readFieldList } from "../fields.ts";
import { jsonata, type Step } from "../program.ts";
import type { Reading } from "../reading.ts";

const KEEP = new RegExp(
  `^(?:keep|pick|select|extract)(?: out)?(?: only| just)?(?: the fields?)? (${FIELD_LIST})(?: fields?)?`,
  "iu",
);
const RENAME = new RegExp(`^rename (?:the )?(?:field )?(${FIELD}) (?:to|as|into) (${FIELD})`, "iu");
const SUM = new RegExp(`^(?:sum|add)(?: up)?(?: all| of)?(?: the)? (${FIELD})(?: up)?`, "iu");
const COUNT = /^count (?:the |all |of |how many )*(?:[\p{L}]+)/iu;

/** "keep only name and total", "rename total to amount", "sum up total", "count the orders". */
export function transform(reading: Reading): Step | undefined {
  const keep = reading.take(KEEP);
  if (keep !== undefined) return keepFields(readFieldList(keep[1] ?? ""));
  const rename = reading.take(RENAME);
  if (rename !== undefined) return renameField(rename[1] ?? "", rename[2] ?? "");
  const sum = reading.take(SUM);
  if (sum !== undefined) return sumField(sum[1] ?? "");
  return reading.take(COUNT) === undefined
    ? undefined
    : step("Count", "Count them", (it) => `{ "count": $count(${it}) }`);
}

function keepFields(fields: readonly string[]): Step {
  const list = fields.join(", ");
  const members = fields.map((field) => `${quoteText(field)}: ${quoteField(field)}`).join(", ");
  // `it.{…}` keeps the shape: one object from one, a list from a list.
  return step(`Keep ${list}`, `Keep only ${list}`, (it) => `${it}.{ ${members} }`);
}

function renameField(from: string, to: string): Step {
  const change = `{ ${quoteText(to)}: ${quoteField(from)} }, [${quoteText(from)}]`;
  return step(`Rename ${from} to ${to}`, `Rename ${from} to ${to}`, (it) => `${it} ~> | $ | ${change} |`);
}

function sumField(field: string): Step {
  return step(`Sum ${field}`, `Sum up ${field}`, (it) => `{ ${quoteText(field)}: $sum(${fieldPath(it, field)}) }`);
}

function step(name: string, sentence: string, expression: (it: string) => string): Step {
  return {
    type: NodeType.ACTION,
    subtype: "DATA_TRANSFORMATION",
    name,
    sentence: () => sentence,
    yields: "output",
    reads: true,
    configuration: ({ it }) => ({ configuration: { expression: jsonata(expression(it ?? "input")) } }),
  };
}
