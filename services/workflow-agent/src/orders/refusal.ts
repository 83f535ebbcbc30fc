import { BadRequestSchema, ErrorInfoSchema } from "@agent-team/contracts";
import type { ConnectError } from "@connectrpc/connect";

/** Faults in one answer. A workflow can have 200. */
const MAX_FAULTS = 5;

/** The domain of the ErrorInfo that our services attach to messages for callers. */
const DOMAIN = "agentteam";

/**
 * Why the engine refuses, for people. Only a message with our ErrorInfo was written for callers; any other one comes from a
 * channel and may name an internal address.
 */
export function whyRefused(error: ConnectError): string {
  const isOurs = error.findDetails(ErrorInfoSchema).some(({ domain }) => domain === DOMAIN);
  if (!isOurs) return "the engine does not answer just now. Say it again in a moment.";
  const faults = error.findDetails(BadRequestSchema).flatMap(({ fieldViolations }) => fieldViolations);
  if (faults.length === 0) return `${error.rawMessage}.`;
  const lines = faults.slice(0, MAX_FAULTS).map(({ field, description }) => `- ${field}: ${description}`);
  const more = faults.length > MAX_FAULTS ? [`- and ${faults.length - MAX_FAULTS} more`] : [];
  return ["", ...lines, ...more].join("\n");
}
