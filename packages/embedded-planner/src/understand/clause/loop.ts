import { takeEach } from "../../steps/for-each.ts";
import { fetchFrom } from "../../steps/http-request.ts";
import { canFail } from "../../steps/policy.ts";
import { type Clause, readingOf } from "../clauses.ts";
import type { PartialRequest } from "../partial-request.ts";

/** "For each order", also with the URL of the orders, and also behind its step. */
export function readLoop(request: PartialRequest, clause: Clause, next: Clause | undefined): void {
  const { structure, nouns, coverage } = request;
  if (structure.isInLoop()) return;
  const reading = readingOf(clause);
  const fetched = /https?:/i.test(clause.text) ? fetchFrom(reading, nouns) : undefined;
  if (fetched !== undefined) reading.take(/ (?:in|from|of|at)(?= *\n)/);
  const noun = takeEach(reading, nouns);
  if (noun === undefined) return;
  const last = structure.items.at(-1);
  if (fetched === undefined && !structure.hasList()) return;
  const isTrailing = next?.sentence !== clause.sentence || !["none", "if", "unless"].includes(next.connector);
  if (isTrailing && (last?.kind !== "step" || canFail(last.step) === false || fetched !== undefined)) return;
  coverage.claim(clause.connectorSpan, ...reading.taken);
  if (isTrailing) return structure.pushBeforeLast({ kind: "each", noun });
  if (fetched !== undefined) structure.push({ kind: "step", step: fetched, isUnsure: request.isUnsure(clause) });
  structure.push({ kind: "each", noun });
}
