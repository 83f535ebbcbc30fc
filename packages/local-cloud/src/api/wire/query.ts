import { randomUUID } from "node:crypto";
import { ApiError } from "../api-error.ts";
import type { CloudView } from "../cloud-view.ts";
import type { Answer } from "./answer.ts";
import { QueryInput } from "./query-input.ts";
import { element, type Xml } from "./xml.ts";

/** One action: reads its parameters and returns the members of its result. Throws an `ApiError` for an error response. */
type QueryAction = (input: QueryInput, cloud: CloudView) => { readonly [name: string]: Xml };

/** An AWS service with the query protocol: form parameters in the request, XML in the response. */
export interface QueryService {
  /** The value of `Version`, which identifies the service. */
  readonly version: string;
  readonly xmlNamespace: string;
  /** EC2 has a format of its own for results and errors. */
  readonly dialect: "query" | "ec2";
  readonly actions: Readonly<Record<string, QueryAction>>;
}

/** Answers `POST /` with the form `Action=…&Version=…`. It never throws for a fault of the client. */
export function answerQuery(body: string, services: readonly QueryService[], cloud: CloudView): Answer {
  const parameters = new URLSearchParams(body);
  const name = parameters.get("Action") ?? "";
  const version = parameters.get("Version") ?? "";
  const service = services.find((each) => each.version === version);
  if (service === undefined || !Object.hasOwn(service.actions, name)) {
    return refused(
      new ApiError("InvalidAction", `The local cloud has no action ${name} of version ${version}.`),
      service,
    );
  }
  const action = service.actions[name] as QueryAction;
  try {
    return answered(service, name, action(new QueryInput(parameters), cloud));
  } catch (error) {
    if (error instanceof ApiError) return refused(error, service);
    throw error;
  }
}

function answered({ dialect, xmlNamespace }: QueryService, name: string, result: Xml): Answer {
  const members: Xml =
    dialect === "ec2"
      ? { requestId: randomUUID(), ...(result as object) }
      : { [`${name}Result`]: result, ResponseMetadata: { RequestId: randomUUID() } };
  return xml(200, element(`${name}Response`, members, ` xmlns="${xmlNamespace}"`));
}

/** An error response of this protocol. */
export function refused({ code, message, status }: ApiError, service?: QueryService): Answer {
  if (service?.dialect === "ec2") {
    const members = { Errors: { Error: { Code: code, Message: message } }, RequestID: randomUUID() };
    return xml(status, element("Response", members));
  }
  const members = { Error: { Type: "Sender", Code: code, Message: message }, RequestId: randomUUID() };
  return xml(status, element("ErrorResponse", members, service && ` xmlns="${service.xmlNamespace}"`));
}

function xml(status: number, text: string): Answer {
  return { status, headers: { "content-type": "text/xml" }, body: `<?xml version="1.0" encoding="UTF-8"?>\n${text}` };
}
