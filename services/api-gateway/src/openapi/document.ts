import { z } from "zod";
import { MessageSchemas } from "./message-schemas.ts";
import type { Answer, HeaderParameter, JsonSchema, JsonType, MessagePart, Operation } from "./operation.ts";
import { PROBLEM_SCHEMA } from "./problem-schema.ts";

export interface OpenApiDocument {
  readonly openapi: "3.1.0";
  readonly info: JsonSchema;
  readonly paths: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>>; readonly securitySchemes: JsonSchema };
  readonly security: readonly JsonSchema[];
}

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", bearerFormat: "JWT" },
  apiKey: { type: "apiKey", in: "header", name: "x-api-key" },
};

const DESCRIPTION =
  "Conversations that become workflows, and their runs. Callers send an access token (Authorization: Bearer) or an API key (X-Api-Key), unless the gateway runs with AUTH_MODE=none.";

/** The OpenAPI 3.1 document of operations. Messages become components; the checks of requests are written where they are used. */
export function openApiDocument(operations: readonly Operation[]): OpenApiDocument {
  const messages = new MessageSchemas();
  const paths: Record<string, Record<string, JsonSchema>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation, messages) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "agent-team", version: "1", description: DESCRIPTION },
    paths,
    components: { schemas: { ...messages.components, Problem: PROBLEM_SCHEMA }, securitySchemes: SECURITY_SCHEMES },
    security: [{ bearer: [] }, { apiKey: [] }],
  };
}

function describe(operation: Operation, messages: MessageSchemas): JsonSchema {
  const { id, summary, body, answers, failure, isOpen = false } = operation;
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    Number(status) < 400 ? responseOf(answer, messages) : failureOf({ ...failure, ...answer }, messages),
  ]);
  return {
    operationId: id,
    summary,
    parameters: parametersOf(operation),
    ...(body && {
      requestBody: { required: body.isOptional !== true, content: jsonContent("json", schemaOf(body.json, messages)) },
    }),
    responses: {
      ...Object.fromEntries(responses),
      default: failureOf(failure, messages),
    },
    ...(isOpen && { security: [] }),
  };
}

const PROBLEM_REF = "#/components/schemas/Problem";

function parametersOf({ path, ids = {}, query, headers = [] }: Operation): readonly JsonSchema[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    description: ids[name],
    schema: { type: "string" },
  }));
  const properties = query === undefined ? {} : (jsonSchemaOf(query)["properties"] as Record<string, JsonSchema>);
  const inQuery = Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    description,
    schema,
  }));
  return [...inPath, ...inQuery, ...headers.map(headerParameter)];
}

function headerParameter({ name, description }: HeaderParameter): JsonSchema {
  return { name, in: "header", description, schema: { type: "string" } };
}

/** One content for each media type in which the answer may come. */
function responseOf({ description, json, events, text }: Answer, messages: MessageSchemas): JsonSchema {
  const content = {
    ...(json !== undefined && jsonContent("json", schemaOf(json, messages))),
    ...(events !== undefined && { "text/event-stream": { schema: schemaOf(events, messages) } }),
    ...(text !== undefined && { [text]: { schema: { type: "string" } } }),
  };
  return Object.keys(content).length === 0 ? { description } : { description, content };
}

/** What a gateway refuses before the route has begun is a problem document, too. */
function failureOf(failure: Answer | undefined, messages: MessageSchemas): JsonSchema {
  const problem = jsonContent("problem+json", { $ref: PROBLEM_REF });
  const { description, content } = responseOf(failure ?? { description: "the request failed" }, messages);
  return { description, content: { ...(content as JsonSchema | undefined), ...problem } };
}

function jsonContent(type: "json" | "problem+json", schema: JsonSchema): JsonSchema {
  return { [`application/${type}`]: { schema } };
}

function schemaOf(type: JsonType, messages: MessageSchemas): JsonSchema {
  if (type instanceof z.ZodType) return jsonSchemaOf(type);
  if ("without" in type) return messages.part(type as MessagePart);
  if ("kind" in type && type["kind"] === "message") return messages.of(type as Parameters<MessageSchemas["of"]>[0]);
  return type as JsonSchema;
}

/** What a caller may send: defaults make a field optional, and a transformation is not seen. */
function jsonSchemaOf(type: z.ZodType): JsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: "input", unrepresentable: "any" });
  return schema;
}
