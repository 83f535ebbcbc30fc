import { ApiError } from "../api-error.ts";
import type { CloudView } from "../cloud-view.ts";
import type { Answer } from "./answer.ts";
import { JsonInput } from "./json-input.ts";

/** One action: reads its input and returns the members of its output. Throws an `ApiError` for an error response. */
export type JsonAction = (input: JsonInput, cloud: CloudView) => object | Promise<object>;

/** An AWS service with the protocol JSON 1.1. */
export interface JsonService {
  /** The prefix in `X-Amz-Target: {prefix}.{action}`. */
  readonly targetPrefix: string;
  /** Its error code for an invalid value. */
  readonly refusal: string;
  readonly actions: Readonly<Record<string, JsonAction>>;
}

const CONTENT_TYPE = "application/x-amz-json-1.1";

/** Answers `POST /` with the action in `X-Amz-Target` and its input as JSON. It never rejects for a fault of the client. */
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

/** An error response of this protocol. */
export function refused({ code, message, status }: ApiError): Answer {
  // Services differ in the case of the second member, and clients read both.
  return answered(status, { __type: code, message, Message: message });
}

function answered(status: number, output: object): Answer {
  return { status, headers: { "content-type": CONTENT_TYPE }, body: JSON.stringify(output) };
}

/** The body of an action without input may be empty. */
function parse(body: string): unknown {
  try {
    return body === "" ? {} : JSON.parse(body);
  } catch (cause) {
    throw new ApiError("SerializationException", `the body is not JSON: ${(cause as Error).message}`);
  }
}
