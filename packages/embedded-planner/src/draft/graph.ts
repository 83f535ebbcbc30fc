import { ConnectionSchema, type Node, NodeSchema, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { Policy } from "../program.ts";
import type { Placed } from "./placed.ts";

const NAME_LENGTH = 80;
const DESCRIPTION_LENGTH = 500;

/** Turns placed steps into the graph that the engine runs. */
export function toSpec(placed: readonly Placed[], request: string, name?: string): WorkflowSpec {
  return create(WorkflowSpecSchema, {
    name: name ?? nameOf(placed),
    description: request.slice(0, DESCRIPTION_LENGTH).toWellFormed(),
    nodes: placed.map(toNode),
    connections: placed.flatMap(({ id, from }) =>
      from.map(({ node, output }) => create(ConnectionSchema, { fromNode: node, toNode: id, outputKey: output })),
    ),
  });
}

function toNode({ id, step, scope, continuesOnError, policy }: Placed, index: number, placed: readonly Placed[]): Node {
  const next = placed[index + 1];
  // The prompt names the step after "approved", and not the step after "expired".
  const follows = next?.from.some(({ node, output }) => node === id && output === "approved") === true;
  const { configuration, needsInput } = step.configuration({
    ...scope,
    next: follows ? next.step.sentence(next.scope) : undefined,
  });
  return create(NodeSchema, {
    id,
    name: step.name.slice(0, NAME_LENGTH).toWellFormed(),
    type: step.type,
    subtype: step.subtype,
    configuration,
    continueOnError: continuesOnError,
    ...toPolicy(policy),
    needsInput: [...(needsInput ?? [])],
  });
}

function toPolicy({
  attempts,
  timeoutSeconds,
}: Policy = {}): Pick<MessageInitShape<typeof NodeSchema>, "retryPolicy" | "timeout"> {
  return {
    ...(attempts === undefined ? {} : { retryPolicy: { maxAttempts: attempts } }),
    ...(timeoutSeconds === undefined ? {} : { timeout: durationFromMs(timeoutSeconds * 1000) }),
  };
}

/** Names of the first and the last step: "Fetch orders, then POST audit". */
function nameOf([, ...steps]: readonly Placed[]): string {
  const names = steps
    .filter(({ step }) => !["IF", "MERGE", "FOR_EACH"].includes(step.subtype))
    .map(({ step }) => step.name);
  const ends = [names.at(0), names.length > 1 ? names.at(-1) : undefined].filter((name) => name !== undefined);
  return ends.join(", then ").slice(0, NAME_LENGTH).toWellFormed();
}
