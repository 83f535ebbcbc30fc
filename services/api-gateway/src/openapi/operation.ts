import type { DescMessage } from "@bufbuild/protobuf";
import type { z } from "zod";

/** JSON Schema 2020-12, as OpenAPI 3.1 uses it. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A message of which the path has some fields: the body has the others. */
export interface MessagePart {
  readonly message: DescMessage;
  readonly without: readonly string[];
}

/** A type of JSON: a message of the services, the check of a request, or a schema. */
export type JsonType = DescMessage | MessagePart | z.ZodType | JsonSchema;

export interface HeaderParameter {
  readonly name: string;
  readonly description: string;
}

export interface Answer {
  readonly description: string;
  readonly json?: JsonType | undefined;
  /** The `data` of each server-sent event. */
  readonly events?: JsonType | undefined;
  /** A page or a text: its media type. */
  readonly text?: "text/html" | "text/plain" | undefined;
}

/** One route, as its users see it. */
export interface Operation {
  readonly method: "get" | "post" | "put" | "delete";
  /** Parameters in braces: `/v1/runs/{id}`. */
  readonly path: string;
  /** Names the operation in generated clients. */
  readonly id: string;
  readonly summary: string;
  /** What the parameters of the path are, by their names. */
  readonly ids?: Readonly<Record<string, string>> | undefined;
  readonly query?: z.ZodType | undefined;
  readonly headers?: readonly HeaderParameter[] | undefined;
  readonly body?: { readonly json: JsonType; readonly isOptional?: boolean | undefined } | undefined;
  /** By HTTP status. From 400 on each is a failure, whose type is that of `failure`. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** The answer of every other status, where a problem document is not the only one. */
  readonly failure?: Answer | undefined;
  /** True: needs no credential. */
  readonly isOpen?: boolean | undefined;
}
