import type { Expectation } from "./describe.ts";
import type { Played } from "./play.ts";

/**
 * - `right`: the class of outcome that was expected and, of a draft, its trigger and the kinds of its nodes in order;
 * - `asks instead`: no new draft where one was expected, which costs a sentence and does no harm;
 * - `something else`: a draft that is not the expected one.
 */
export type Verdict = "right" | "asks instead" | "something else";

/**
 * Compares kinds, and HTTP methods where the expectation names them. A person has to check that a condition compares the
 * right values.
 */
export function judge(expect: Expectation, { outcome, draft }: Played): Verdict {
  const wantsDraft = expect.outcome.startsWith("workflow");
  const mayAsk = !wantsDraft || expect.outcome.includes("honest") || expect.or_question !== undefined;
  if (outcome !== "workflow") return mayAsk ? "right" : "asks instead";
  if (!wantsDraft) return "something else";
  return sameTrigger(expect.trigger, draft[0]) && sameKinds(expect.nodes, draft.slice(1)) ? "right" : "something else";
}

/** The expected trigger may be a prefix ("CRON"), or name one field: "CRON LW-like". A person wrote what follows a comma. */
function sameTrigger(expected: string | undefined, drafted: string | undefined): boolean {
  if (expected === undefined) return true;
  const [kind = "", field] = expected.split(/,| (?=\S+-like\b)/);
  const fields = drafted?.split(" ") ?? [];
  if (field?.endsWith("-like") === true) return fields[0] === kind && fields.includes(field.replace(/-like$/, ""));
  return drafted?.startsWith(expected) === true;
}

function sameKinds(expected: readonly string[] | undefined, drafted: readonly string[]): boolean {
  if (expected === undefined) return true;
  const nodes = drafted.filter((node) => kindOf(node) !== "MERGE");
  return nodes.length === expected.length && expected.every((wanted, index) => fits(wanted, nodes[index] ?? ""));
}

function fits(wanted: string, node: string): boolean {
  const kind = kindOf(wanted);
  if (kindOf(node) !== kind) return false;
  const method = METHOD.exec(wanted)?.[0];
  return method === undefined || kind !== "HTTP" || METHOD.exec(node)?.[0] === method;
}

const METHOD = /\b(?:GET|POST|PUT|PATCH|DELETE)\b/;

/** "HTTP_REQUEST GET" and "true: HTTP GET https://…" are both "HTTP". */
function kindOf(node: string): string {
  const kind = /\b(?:HTTP|IF|SLACK|APPROVAL|DELAY|GENERATE|DATA_TRANSFORMATION|MERGE|FOR_EACH)/.exec(node)?.[0];
  return kind ?? (/POST|GET/.test(node) ? "HTTP" : node);
}
