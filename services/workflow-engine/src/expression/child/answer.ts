import { cutText } from "../../cut-text.ts";
import type { Job } from "../job.ts";
import { CompiledExpressions } from "./compiled.ts";
import { parseProblem } from "./parse.ts";

const compiled = new CompiledExpressions();

/** The answer to one question, as JSON. Never rejects. */
export async function answerTo(question: Buffer, scope: Buffer): Promise<string> {
  const job = JSON.parse(question.toString()) as Job;
  switch (job.kind) {
    case "parse":
      return JSON.stringify({ kind: "parsed", problem: parseProblem(job.expression) });
    case "evaluate":
      return evaluate(job.expression, scope, job.maxBytes);
    default:
      return job satisfies never;
  }
}

async function evaluate(expression: string, scope: Buffer, maxBytes: number): Promise<string> {
  try {
    const value: unknown = await compiled.of(expression).evaluate(JSON.parse(scope.toString()));
    // Encoded here: a result may hold functions, and sequences with members of jsonata's own.
    const json = (JSON.stringify(value) as string | undefined) ?? "null";
    const bytes = Buffer.byteLength(json);
    return bytes > maxBytes ? JSON.stringify({ kind: "too-large", bytes }) : `{"kind":"value","value":${json}}`;
  } catch (error) {
    const { message } = error as { readonly message?: string };
    return JSON.stringify({ kind: "failed", message: cutText(message ?? String(error)) });
  }
}
