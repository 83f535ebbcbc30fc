import { type Node, NodeType } from "@agent-team/contracts";
import { z } from "zod";
import { DEFAULT_OUTPUT } from "../graph.ts";
import type { NodeKind } from "../node-kind.ts";

const SCHEMES = ["github", "slack", "stripe", "hmac-sha256"] as const;

/** Nothing but a reference: the value itself would stand in the workflow. */
const REFERENCE = /^\{\{secret:([A-Z][A-Z0-9_]{0,63})\}\}$/;

const configuration = z.strictObject({
  payload: z
    .enum(["body", "request"])
    .optional()
    .describe(
      'What the output is: "body", the parsed body (default); or "request", { method, query, headers, body, raw_body }. Headers with credentials are left out.',
    ),
  signature: z
    .enum(SCHEMES)
    .optional()
    .describe(
      "How the sender signs a request; one without a right signature starts no run. hmac-sha256: over the body, in hexadecimal digits or base64. Default: only the token of the URL is checked.",
    ),
  signature_secret: z
    .string()
    .regex(REFERENCE, 'expected "{{secret:NAME}}"')
    .optional()
    .describe('The secret with which the sender signs, as a reference: "{{secret:NAME}}". Needed with signature.'),
  signature_header: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/)
    .optional()
    .describe("hmac-sha256: the header of the signature. Default X-Signature-256."),
});

export const webhook: NodeKind = {
  type: NodeType.TRIGGER,
  subtype: "WEBHOOK",
  description:
    "Starts a run when its URL is called with POST while its workflow is active. Its output is the body of that call: JSON and forms are parsed, anything else is text.",
  configuration,
  outputKeys: [DEFAULT_OUTPUT],
  takesSecrets: true,
  obstacle: ({ signature, signature_secret: secret }) =>
    signature !== undefined && secret === undefined
      ? 'signature needs signature_secret, a reference such as "{{secret:GITHUB}}"'
      : undefined,
  // StartRun runs the workflow too, to try it out.
  run: ({ input }) => ({ outputKey: DEFAULT_OUTPUT, output: input }),
};

/** What a WEBHOOK node outputs; `undefined` for any other node. */
export function webhookPayloadOf({ type, subtype, configuration: given }: Node): "body" | "request" | undefined {
  if (type !== webhook.type || subtype !== webhook.subtype) return undefined;
  return configuration.safeParse(given ?? {}).data?.payload ?? "body";
}

export interface HookSignature {
  readonly scheme: (typeof SCHEMES)[number];
  readonly header: string | undefined;
  readonly secretName: string;
}

/** The signature that a WEBHOOK node asks for; `undefined` for a node that asks for none. */
export function hookSignatureOf({ configuration: given }: Node): HookSignature | undefined {
  const { data } = configuration.safeParse(given ?? {});
  if (data?.signature === undefined) return undefined;
  const secretName = REFERENCE.exec(data.signature_secret ?? "")?.[1] ?? "";
  return { scheme: data.signature, header: data.signature_header, secretName };
}
