import { ApiError } from "../api-error.ts";
import type { CloudView } from "../cloud-view.ts";
import type { Answer } from "./answer.ts";
import { JsonInput } from "./json-input.ts";

/** One action: reads its input, answers with the members of its output. Throws an `ApiError` for what AWS refuses. */
export type JsonAction = (input: JsonInput, cloud: CloudView) => object | Promise<object>;

/** A service of AWS that speaks JSON 1.1. */
export interface JsonService {
  /** Of `X-Amz-Target: {prefix}.{action}`. */
  readonly targetPrefix: string;
  /** With which it refuses values. */
  readonly refusal: string;
  readonly actions: Readonly<Record<string, JsonAction>>;
}

const contentType = "application/x-amz-json-1.1";

/** `POST /` with the action in `X-Amz-Target` and its input as JSON. Never rejects for what a client sent. */
export async function answerJson(
  target: string,
  body: string,
  services: readonly JsonService[],
  cloud: CloudView,
): Promise<Answer> {
  const [prefix, name = ""] = target.split(".");
  const service = services.find(({ targetPrefix }) => targetPrefix === prefix);
  if (service === undefined || !Object.hasOwn(service.actions, name)) {
    return refused(new ApiError("UnknownOperationException", `The local cloud has no ${target}.`));
  }
  const action = service.actions[name] as JsonAction;
  try {
    return answered(200, await action(new JsonInput(parse(body), service.refusal), cloud));
  } catch (error) {
    if (error instanceof ApiError) return refused(error);
    throw error;
  }
}

/** An error in this protocol. */
export function refused({ code, message, status }: ApiError): Answer {
  // Services differ in how they write the second member, and clients read both.
  return answered(status, { __type: code, message, Message: message });
}

function answered(status: number, output: object): Answer {
  return { status, headers: { "content-type": contentType }, body: JSON.stringify(output) };
}

/** An action without input may come without a body. */
function parse(body: string): unknown {
  try {
    return body === "" ? {} : JSON.parse(body);
  } catch (cause) {
    throw new ApiError("SerializationException", `the body is no JSON: ${(cause as Error).message}`);
  }
}
