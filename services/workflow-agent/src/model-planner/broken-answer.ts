import type { ModelFault } from "@agent-team/language-models";
import { Code, type ConnectError } from "@connectrpc/connect";
import { toError } from "../errors.ts";

/** The failure of a turn whose answer broke off when a person had read a part of it. */
export function brokenAnswer(fault: ModelFault): ConnectError {
  const reason = `PROVIDER_${fault.replaceAll("-", "_").toUpperCase()}`;
  if (fault === "truncated") {
    const message = "the model reached the limit of its answer: ask for a smaller workflow, or for one part of it";
    return toError({ code: Code.ResourceExhausted, reason: "PROVIDER_OUTPUT_TRUNCATED", message });
  }
  return toError({ code: Code.Unavailable, reason, message: "the model broke off its answer; send the message again" });
}
