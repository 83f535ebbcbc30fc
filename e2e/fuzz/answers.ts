/**
 * Checks answers against the document. In: a request and its answer. Out: what is wrong with it, or undefined. A message of the services
 * that has a field which the document does not name is a fault, too.
 */

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import type { DescribedAnswer, Document, Schema } from "./document.ts";
import type { Request } from "./requests.ts";

export interface Answer {
  readonly status: number;
  /** Without parameters. */
  readonly type: string;
  readonly text: string;
  /** The JSON of the body, or of each event of a stream. */
  readonly jsons: readonly unknown[];
}

/** Those of the tasks and their ports: a caller knows the published address alone. */
const INTERNAL = /127\.(?!0\.0\.)\d+\.\d+\.\d+|:5005[01]\b|node_modules|\bat .*\.ts:\d+/;

/** Their answers list the endpoints, or repeat what was sent. */
const ABOUT_ENDPOINTS = new Set(["getDiscovery"]);

export class Answers {
  readonly #ajv = new Ajv2020({ strict: false, allErrors: false });
  readonly #checks = new Map<Schema, ValidateFunction>();

  constructor({ components }: Document) {
    (formats as unknown as (ajv: Ajv2020) => void)(this.#ajv);
    const schemas = Object.fromEntries(Object.entries(components.schemas).map(([name, each]) => [name, closed(each)]));
    this.#ajv.addSchema({ $id: DOCUMENT, components: { schemas } });
  }

  faultOf({ operation }: Request, answer: Answer): string | undefined {
    const { status, type, text } = answer;
    if (status >= 500) return `status ${status}`;
    const described = operation.responses[status] ?? (status >= 400 ? operation.responses["default"] : undefined);
    if (described === undefined) return `status ${status} is not in the document`;
    const internal = ABOUT_ENDPOINTS.has(operation.operationId) ? null : INTERNAL.exec(text);
    if (internal !== null) return `an internal address or a stack: ${internal[0]}`;
    return this.#contentFault(described, type, answer);
  }

  #contentFault({ content }: DescribedAnswer, type: string, { status, text, jsons }: Answer): string | undefined {
    if (status === 204 && text !== "") return "204 with a body";
    if (content === undefined) return undefined; // a page, or a text
    const schema = content[type]?.schema;
    if (schema === undefined) return `content type ${type || "none"}: expected ${Object.keys(content).join(" or ")}`;
    const check = this.#check(schema);
    for (const json of jsons) if (!check(json)) return this.#ajv.errorsText(check.errors);
    return undefined;
  }

  #check(schema: Schema): ValidateFunction {
    const known = this.#checks.get(schema);
    if (known !== undefined) return known;
    const check = this.#ajv.compile(absolute(schema));
    this.#checks.set(schema, check);
    return check;
  }
}

const DOCUMENT = "http://fuzz/openapi.json";

/** References of a part of the document, which is a schema of its own here. */
function absolute(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', `"$ref":"${DOCUMENT}#/`)) as Schema;
}

/** Admits the named properties alone. Free values have none. */
function closed(schema: Schema): Schema {
  return "properties" in schema ? { ...schema, additionalProperties: false } : schema;
}
