import { z } from "zod";
import type { Verdict } from "./judge.ts";
import type { Played } from "./play.ts";

const expectation = z.looseObject({
  outcome: z.string(),
  trigger: z.string().optional(),
  nodes: z.array(z.string()).optional(),
  or_question: z.string().optional(),
  must_say: z.string().optional(),
});

const requestFile = z.looseObject({
  requests: z.array(
    z.looseObject({
      id: z.string(),
      group: z.string().optional(),
      turns: z.array(z.string()).min(1),
      expect: expectation,
    }),
  ),
});

export type Expectation = z.infer<typeof expectation>;

interface Request {
  readonly id: string;
  readonly group?: string | undefined;
  readonly turns: readonly string[];
  readonly expect: Expectation;
}

/** @throws if the text is not a file of requests; the message names the place. */
export function readRequests(json: string, file: string): readonly Request[] {
  const read = requestFile.safeParse(parse(json, file));
  if (!read.success) throw new Error(`${file}: ${z.prettifyError(read.error)}`);
  return read.data.requests;
}

function parse(json: string, file: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** A request with its actual and its expected result, for a person to judge. */
export function describe({
  id,
  turns,
  expect,
  outcome,
  draft,
  text,
  verdict,
}: Request & Played & { readonly verdict: Verdict }): string {
  const { outcome: wanted, ...details } = expect;
  return [
    `${id}  ${verdict}: expected ${wanted}, got ${outcome}`,
    ...turns.map((turn) => `    > ${turn.replaceAll("\n", "\n      ")}`),
    `    expected  ${JSON.stringify(details)}`,
    ...(draft.length === 0 ? [] : [`    draft     ${draft.join(" | ")}`]),
    ...(outcome === "workflow" ? [] : [`    says      ${text.replaceAll("\n", " ")}`]),
    "",
  ].join("\n");
}
