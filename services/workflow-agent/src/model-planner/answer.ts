import { NodeType, type NodeTypeInfo, type WorkflowSpec, WorkflowSpecSchema } from "@agent-team/contracts";
import { create, type JsonObject, type MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { z } from "zod";
import { kindOf } from "./answer-schema.ts";
import { fromStrict } from "./strict-schema.ts";

/** Levels of a configuration. Encoding recurses: a text of brackets alone would overflow the stack. */
const MAX_DEPTH = 64;

/** What a model has answered. */
export interface Answer {
  readonly reply: string;
  readonly questions: readonly { readonly text: string; readonly options: readonly string[] }[];
  /** What the person may want done with the draft: the person is asked, because a model gives no order. */
  readonly mayMean?: "save" | "run" | undefined;
  readonly workflow?: WorkflowSpec | undefined;
}

// Lenient where the engine checks: what is missing gets the value that means nothing, and the engine's issue says what is wrong.

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const listOf = <T extends z.ZodType>(item: T): z.ZodType<z.output<T>[]> =>
  z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);

const nodeSchema = z.object({
  kind: text,
  id: text,
  name: text,
  configuration: z.custom<JsonObject>((value) => value !== null && typeof value === "object").nullish(),
  needs_input: listOf(z.string()),
  continue_on_error: z.boolean().nullish(),
  max_attempts: z.int().min(0).max(1_000).nullish(),
  timeout_seconds: z.number().min(0).max(1e9).nullish(),
});

const workflowSchema = z.object({
  name: text,
  description: text,
  nodes: listOf(nodeSchema),
  connections: listOf(z.object({ from_node: text, to_node: text, output_key: text })),
});

const schema = z.object({
  reply: text,
  questions: listOf(z.object({ text: z.string().min(1), options: listOf(z.string()) })),
  order: z.enum(["save", "run"]).optional().catch(undefined),
  workflow: workflowSchema.nullish(),
});

/** Reads the text of a model. `error` says what is wrong, for the model. */
export function readAnswer(
  raw: string,
  catalogue: readonly NodeTypeInfo[],
): { readonly answer: Answer } | { readonly error: string } {
  const json = parse(raw);
  if (json === undefined) return { error: "the answer is not one JSON object" };
  const read = schema.safeParse(json);
  if (!read.success) {
    const [issue] = read.error.issues;
    return { error: `/${issue?.path.join("/") ?? ""}: ${issue?.message ?? "not of the described form"}` };
  }
  const { reply, questions, order: mayMean, workflow } = read.data;
  const spec = workflow ? toSpec(workflow, catalogue) : undefined;
  const tooDeep = spec?.nodes.findIndex(({ configuration }) => isDeeper(configuration, MAX_DEPTH)) ?? -1;
  if (tooDeep >= 0)
    return { error: `/workflow/nodes/${tooDeep}/configuration: nested deeper than ${MAX_DEPTH} levels` };
  return { answer: { reply, questions, mayMean, workflow: spec } };
}

function isDeeper(value: unknown, levels: number): boolean {
  if (value === null || typeof value !== "object") return false;
  return levels === 0 || Object.values(value).some((item) => isDeeper(item, levels - 1));
}

/** The JSON object in a text. Models without structured output put words or a fence around it. */
function parse(raw: string): unknown {
  for (const candidate of [raw, raw.slice(raw.indexOf("{"), raw.lastIndexOf("}") + 1)]) {
    try {
      return JSON.parse(candidate) as unknown;
    } catch {
      // the next candidate, or none
    }
  }
  return undefined;
}

function toSpec(
  { name, description, nodes, connections }: z.output<typeof workflowSchema>,
  catalogue: readonly NodeTypeInfo[],
): WorkflowSpec {
  return create(WorkflowSpecSchema, {
    name,
    description,
    nodes: nodes.map((node) => toNode(node, catalogue)),
    connections: connections.map(({ from_node: fromNode, to_node: toNode, output_key: outputKey }) => ({
      fromNode,
      toNode,
      outputKey,
    })),
  });
}

type NodeInit = NonNullable<MessageInitShape<typeof WorkflowSpecSchema>["nodes"]>[number];

/** A kind that the catalogue does not have stays in the spec: the engine's issue about it goes back to the model. */
function toNode(node: z.output<typeof nodeSchema>, catalogue: readonly NodeTypeInfo[]): NodeInit {
  const info = catalogue.find((entry) => kindOf(entry) === node.kind);
  const [family = "", ...rest] = node.kind.split("/");
  const type = info?.type ?? NodeType[family as keyof typeof NodeType] ?? NodeType.UNSPECIFIED;
  const configuration = fromStrict(node.configuration ?? {}, info?.configurationSchema ?? {}) as JsonObject;
  const maxAttempts = node.max_attempts ?? 0;
  return {
    id: node.id,
    name: node.name,
    type,
    subtype: info?.subtype ?? rest.join("/"),
    configuration,
    needsInput: node.needs_input,
    continueOnError: node.continue_on_error ?? false,
    ...(maxAttempts === 0 ? {} : { retryPolicy: { maxAttempts } }),
    ...(node.timeout_seconds ? { timeout: durationFromMs(node.timeout_seconds * 1000) } : {}),
  };
}
