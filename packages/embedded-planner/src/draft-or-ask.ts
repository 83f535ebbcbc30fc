import { QuestionSchema } from "@agent-team/contracts";
import { create } from "@bufbuild/protobuf";
import { explain } from "./dialogue/explain.ts";
import { toReport } from "./dialogue/not-understood.ts";
import { firstHole } from "./dialogue/questions.ts";
import { toSpec } from "./draft/graph.ts";
import { layOut } from "./draft/layout.ts";
import type { OpenRequest, Plan } from "./plan.ts";
import type { Hole, Program } from "./program.ts";

/** The contract's limit for the nodes of a spec. */
const MAX_NODES = 100;

/** The draft of a program, or the question for what it still needs. `says`: sentences before it. */
export function draftOrAsk(program: Program, source: OpenRequest, says: readonly string[] = []): Plan {
  const placed = layOut(program);
  if (placed.length > MAX_NODES) {
    return answer(`That makes ${placed.length} steps, and a workflow has at most ${MAX_NODES}. Can you split it?`);
  }
  const hole = firstHole(program, placed);
  if (hole !== undefined) return ask(hole, source, [...says, "I need one thing before I can draft that."].join(" "));
  const spec = toSpec(placed, [source.request, ...source.answers].join("; "), program.name);
  const notUnderstood = toReport(program.leftOut);
  const text = [...says, explain(placed, spec, notUnderstood)].join("\n");
  return { kind: "draft", text, spec, notUnderstood, source };
}

export function ask({ slot, question: text, options }: Hole<Program>, open: OpenRequest, opening: string): Plan {
  const question = create(QuestionSchema, { id: slot, text, options: [...options], required: true });
  return { kind: "question", text: `${opening} ${text}`, question, open };
}

export function answer(text: string): Plan {
  return { kind: "answer", text };
}
