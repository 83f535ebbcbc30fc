import { BadRequestSchema, ErrorInfoSchema } from "@agent-team/contracts";
import { Code, ConnectError } from "@connectrpc/connect";

/** Faults in one answer. A workflow can have 200. */
const MAX_FAULTS = 5;

/** The domain of the ErrorInfo that our services attach to messages for callers. */
const DOMAIN = "agentteam";

/** What to do about a reason that the engine's words do not say it for. */
const REMEDIES: Readonly<Record<string, string>> = {
  QUOTA_WORKFLOWS: "DELETE /v1/workflows/{id} removes one; GET /v1/workflows lists them.",
  QUOTA_RUNS: "DELETE /v1/runs/{id} removes one; GET /v1/runs lists them.",
  WORKFLOW_INVALID: "Change the draft, then say it again.",
  NEEDS_INPUT: "Say these values first, then say it again.",
  NOTHING_TO_ACTIVATE: 'It starts by hand: say "run it".',
};

/**
 * Why the engine refuses, and what to do, for people. Only a message with our ErrorInfo was written for callers; any other one
 * comes from a channel and may name an internal address.
 *
 * @throws the reason of the signal if that has aborted, and an error that is no answer of the engine
 */
export function whyRefused(error: unknown, signal: AbortSignal): string {
  signal.throwIfAborted();
  if (!(error instanceof ConnectError)) throw error;
  const reason = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === DOMAIN)?.reason;
  if (reason === undefined || error.code === Code.Unavailable) {
    return "the engine does not answer just now. Say it again in a moment.";
  }
  return [...faultsOf(error), ...(REMEDIES[reason] === undefined ? [] : [REMEDIES[reason]])].join("\n");
}

function faultsOf(error: ConnectError): readonly string[] {
  const faults = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  if (faults.length === 0) return [`${error.rawMessage}.`];
  const lines = faults.slice(0, MAX_FAULTS).map(({ field, description }) => `- ${field}: ${description}`);
  const more = faults.length > MAX_FAULTS ? [`- and ${faults.length - MAX_FAULTS} more`] : [];
  return ["", ...lines, ...more];
}
