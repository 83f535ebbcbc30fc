import { createHash, timingSafeEqual } from "node:crypto";
import type { FireWebhookRequest, FireWebhookResponse, Node } from "@agent-team/contracts";
import type { JsonValue } from "@bufbuild/protobuf";
import { createdId, isId } from "../ids.ts";
import { jsonProblem } from "../json-problem.ts";
import { hookSignatureOf, webhookPayloadOf } from "../nodes/webhook.ts";
import { isTombstone } from "../store/tombstone.ts";
import type { StoredWorkflow } from "../store/workflow-store.ts";
import { badRequest, secretUnknown } from "./errors.ts";
import { challengeOf, deliveryIdOf, parseBody, requestOf } from "./hook-request.ts";
import { checkSignature } from "./hook-signature.ts";
import { workflowNotFound } from "./owned-workflow.ts";
import type { RunServices } from "./run-services.ts";
import { startFired } from "./start-run.ts";

type Fired = Pick<FireWebhookResponse, "runId" | "challenge">;

/** Answers a challenge, or records a run. Resolves when the run is recorded, so that a sender that gets no answer can repeat. */
export async function fireWebhook(request: FireWebhookRequest, services: RunServices): Promise<Fired> {
  const { stored, trigger } = await hookedWorkflow(request, services);
  // A check of the URL by GET has no body, and so no signature.
  if (request.method === "POST") checkSender(request, stored, trigger, services);
  const body = parseBody(request);
  const challenge = challengeOf(request, body);
  if (challenge !== undefined) return { runId: "", challenge };
  if (request.method !== "POST") return { runId: "", challenge: "" };
  const input: JsonValue = webhookPayloadOf(trigger) === "request" ? requestOf(request, body) : body;
  const problem = jsonProblem(input);
  if (problem !== undefined) throw badRequest("body", problem.message);
  // Without a delivery id each call is an event of its own: equal bodies are not rare ("a button was pressed").
  const id = createdId("delivery", stored.workflow.id, deliveryIdOf(request, body) ?? "");
  await startFired(stored, { id, input }, services);
  return { runId: id, challenge: "" };
}

/** @throws PERMISSION_DENIED for a wrong signature, FAILED_PRECONDITION while the secret is not set up */
function checkSender(
  request: FireWebhookRequest,
  { workflow: { owner } }: StoredWorkflow,
  trigger: Node,
  { secrets, clock }: RunServices,
): void {
  const signature = hookSignatureOf(trigger);
  if (signature === undefined) return;
  const secret = secrets.find(signature.secretName, owner);
  if (secret === undefined) throw secretUnknown(signature.secretName);
  checkSignature(request, signature, secret.value, clock.wallNow());
}

/** @throws NOT_FOUND for an unknown workflow, one that is not active or has no webhook, and a wrong token */
async function hookedWorkflow(
  { workflowId, token }: FireWebhookRequest,
  { workflows }: RunServices,
): Promise<{ readonly stored: StoredWorkflow; readonly trigger: Node }> {
  const stored = isId(workflowId) ? await workflows.find(workflowId) : undefined;
  if (stored === undefined || isTombstone(stored) || !stored.workflow.active) throw workflowNotFound();
  const trigger = stored.workflow.spec?.nodes.find((node) => webhookPayloadOf(node) !== undefined);
  const expected = stored.activation?.hookToken;
  if (trigger === undefined || expected === undefined || !isSame(token, expected)) throw workflowNotFound();
  return { stored, trigger };
}

/** In constant time, whatever the length of the guess. */
function isSame(guess: string, token: string): boolean {
  const [a, b] = [guess, token].map((text) => createHash("sha256").update(text).digest()) as [Buffer, Buffer];
  return timingSafeEqual(a, b);
}
