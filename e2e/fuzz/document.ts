/** What the fuzzer reads of an OpenAPI document. */

/** JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

interface Content {
  readonly [type: string]: { readonly schema?: Schema };
}

export interface DescribedAnswer {
  readonly content?: Content;
}

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly schema: Schema;
}

export interface DescribedOperation {
  readonly operationId: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  /** By status, and `default`. */
  readonly responses: Readonly<Record<string, DescribedAnswer>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const REFERENCE = "#/components/schemas/";

/** The name of a component in `$ref`. */
export function componentOf(reference: string): string {
  return reference.slice(REFERENCE.length);
}
