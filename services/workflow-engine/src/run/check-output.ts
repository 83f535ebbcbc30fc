import type { JsonValue } from "@bufbuild/protobuf";
import { jsonProblem } from "../json-problem.ts";
import { NodeFailure } from "../node-failure.ts";

/** @throws NodeFailure when the output of a node is too large or too deep to be stored */
export function checkOutput(nodeId: string, output: JsonValue): void {
  const problem = jsonProblem(output);
  if (problem === undefined) return;
  const code = problem.kind === "too-deep" ? "OUTPUT_TOO_DEEP" : "OUTPUT_TOO_LARGE";
  throw new NodeFailure(code, `${nodeId} gives ${problem.message}`);
}
