import { BadRequestSchema, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";

/** The error of a call: code, reason, and the wrong fields. */
export async function errorOf(call: Promise<unknown>): Promise<{ code: string; reason: string; fields: string[] }> {
  const error = ConnectError.from(
    await call.then(
      () => "no error",
      (thrown: unknown) => thrown,
    ),
  );
  const fields = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  return {
    code: Code[error.code],
    reason: error.findDetails(ErrorInfoSchema)[0]?.reason ?? "",
    fields: fields.map(({ field, reason }) => (reason === "" ? field : `${field} ${reason}`)),
  };
}
