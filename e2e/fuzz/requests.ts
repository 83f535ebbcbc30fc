/** Requests to the operations of a document. */

import fc from "fast-check";
import type { DescribedOperation, Document, Parameter } from "./document.ts";
import { HOSTILE, Values } from "./values.ts";
import { type IdKind, isKnownId, knownId } from "./words.ts";

/** One request, with `KnownId`s in place of ids. */
export interface Request {
  readonly path: string;
  readonly method: string;
  readonly operation: DescribedOperation;
  readonly parameters: readonly { readonly parameter: Parameter; readonly value: unknown }[];
  /** Sent as JSON, unless it is `raw`. */
  readonly body?: { readonly json: unknown } | { readonly raw: string; readonly type: string };
}

/** Of a path's `{id}`. */
const ID_OF: readonly (readonly [prefix: string, IdKind])[] = [
  ["/v1/conversations/", "conversation"],
  ["/v1/turns/", "turn"],
  ["/v1/workflows/", "workflow"],
  ["/v1/runs/", "run"],
  ["/v1/models/", "model"],
];

/** What makes something is more likely: the others read, change and delete it. */
const MAKERS = new Set(["sendMessage", "createWorkflow", "startRun"]);

export function requestsTo(document: Document): fc.Arbitrary<Request> {
  const values = new Values(document);
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      weight: MAKERS.has(operation.operationId) ? 4 : 1,
      arbitrary: requestTo(path, method.toUpperCase(), operation, values),
    })),
  );
  return fc.oneof(...operations);
}

function requestTo(path: string, method: string, operation: DescribedOperation, values: Values): fc.Arbitrary<Request> {
  const parameters = fc.tuple(...operation.parameters.map((each) => valueOf(each, path, values)));
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const body = schema === undefined ? fc.constant(undefined) : bodies(values.of(schema));
  return fc.record({
    path: fc.constant(path),
    method: fc.constant(method),
    operation: fc.constant(operation),
    parameters: parameters.map((all) => all.filter(({ value }) => value !== undefined)),
    body,
  }) as fc.Arbitrary<Request>;
}

/** `undefined`: the parameter is absent, which one of a path never is. */
function valueOf(parameter: Parameter, path: string, values: Values): fc.Arbitrary<Request["parameters"][number]> {
  const usual = values.of(parameter.schema, parameter.name);
  const absent = fc.constant(undefined);
  const optional = fc.oneof({ weight: 1, arbitrary: usual }, { weight: 3, arbitrary: absent });
  const value = parameter.in === "path" ? inPath(path, parameter.name, usual) : optional;
  return value.map((each) => ({ parameter, value: each }));
}

function inPath(path: string, name: string, usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  const kind = name === "id" ? ID_OF.find(([prefix]) => path.startsWith(prefix))?.[1] : undefined;
  return kind === undefined
    ? usual
    : fc.oneof({ weight: 6, arbitrary: knownId(kind) }, { weight: 1, arbitrary: usual });
}

function bodies(json: fc.Arbitrary<unknown>): fc.Arbitrary<Request["body"]> {
  const type = fc.constantFrom("application/json", "text/plain", "application/x-www-form-urlencoded", "");
  const broken = fc.record({ raw: fc.oneof(HOSTILE.map(String), fc.constant('{"message":')), type });
  return fc.oneof(
    { weight: 18, arbitrary: json.map((value) => ({ json: value })) },
    { weight: 1, arbitrary: broken },
    { weight: 1, arbitrary: fc.constant(undefined) },
  );
}

/** The JSON with the ids in place. */
export function withIds(value: unknown, idFor: (known: IdKind, at: number) => string): unknown {
  if (isKnownId(value)) return idFor(value.known, value.at);
  if (Array.isArray(value)) return value.map((each) => withIds(each, idFor));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withIds(each, idFor)]));
}
