/**
 * What the engine does for an order. Each answer says what was done, with name and id, where to see it, and what to do when it
 * was not done. Nothing stored is replaced without a word of the person that says so.
 */

import type { Workflow, WorkflowSpec } from "@agent-team/contracts";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { isSameSpec } from "../engine-workflows.ts";
import type { PlanContext, PlanInput, PlannerEvent } from "../planner.ts";
import { missingIn } from "./describe-draft.ts";
import { askWhich } from "./order-question.ts";
import { whyRefused } from "./refusal.ts";

/** With a draft. */
export type Input = PlanInput & { readonly draftSpec: WorkflowSpec };
type Events = AsyncGenerator<PlannerEvent, void>;

export async function* save(input: Input, context: PlanContext, isAnother = false): Events {
  try {
    const stored = isAnother
      ? { workflow: await context.workflows.create(input.draftSpec, true), wasStored: false }
      : yield* store(input, context);
    if (stored === undefined) return;
    const { workflow, wasStored } = stored;
    yield { kind: "saved", workflowId: workflow.id, version: workflow.version };
    yield say(
      `${wasStored ? "This draft is saved already, as" : "Saved as"} ${nameOf(workflow)}. ${nextSteps(workflow)}`,
    );
  } catch (error) {
    yield say(`The draft was not saved: ${whyRefused(error, context.signal)}`);
  }
}

export async function* replace(input: Input, context: PlanContext): Events {
  const { saved, draftSpec } = input;
  if (saved === undefined) return yield* save(input, context);
  try {
    const workflow = await context.workflows.replace(saved.workflowId, draftSpec, saved.version);
    if (workflow === undefined) return yield* changedElsewhere(input, context);
    yield { kind: "saved", workflowId: workflow.id, version: workflow.version };
    yield say(`The draft is now version ${workflow.version} of ${nameOf(workflow)}. ${nextSteps(workflow)}`);
  } catch (error) {
    yield say(`Nothing was replaced: ${whyRefused(error, context.signal)}`);
  }
}

export async function* run(input: Input, context: PlanContext): Events {
  const missing = missingIn(input.draftSpec);
  if (missing.length > 0) {
    return yield say(["It was not run, because values are missing:", ...missing, "Say them first."].join("\n"));
  }
  let did = "";
  try {
    const stored = yield* store(input, context);
    if (stored === undefined) return;
    const { workflow, wasStored } = stored;
    yield { kind: "saved", workflowId: workflow.id, version: workflow.version };
    did = wasStored ? "" : `Saved as ${nameOf(workflow)}. `;
    const started = await context.workflows.run(workflow.id);
    yield say(`${did}Run ${started.id} of ${nameOf(workflow)} has started.`);
  } catch (error) {
    yield say(`${did}It was not run: ${whyRefused(error, context.signal)}`);
  }
}

export async function* activate(input: Input, context: PlanContext): Events {
  try {
    const stored = yield* store(input, context);
    if (stored === undefined) return;
    yield { kind: "saved", workflowId: stored.workflow.id, version: stored.workflow.version };
    const workflow = await context.workflows.setActive(stored.workflow.id, true);
    yield say(`Active: ${nameOf(workflow)}. ${triggerOf(workflow)}`);
  } catch (error) {
    yield say(`It was not activated: ${whyRefused(error, context.signal)}`);
  }
}

/** Of the stored workflow, whether or not the draft has changed since. */
export async function* deactivate({ saved }: Input, { workflows, signal }: PlanContext): Events {
  if (saved === undefined) return yield say("The draft is not saved, so nothing starts it.");
  try {
    const workflow = await workflows.setActive(saved.workflowId, false);
    yield say(`Not active any more: ${nameOf(workflow)}. Say "activate it" to let it start by itself again.`);
  } catch (error) {
    yield say(`It was not switched off: ${whyRefused(error, signal)}`);
  }
}

interface Stored {
  readonly workflow: Workflow;
  /** By an earlier order. */
  readonly wasStored: boolean;
}

/** The draft as a workflow. Undefined: an earlier form of it is stored, and the person is asked which one shall be. */
async function* store(input: Input, context: PlanContext): AsyncGenerator<PlannerEvent, Stored | undefined> {
  const { saved, draftSpec, message } = input;
  const before = saved && (await context.workflows.read(saved.workflowId));
  if (before === undefined) return { workflow: await context.workflows.create(draftSpec), wasStored: false };
  if (isSameSpec(before.spec, draftSpec)) return { workflow: before, wasStored: true };
  yield { kind: "saved", workflowId: before.id, version: before.version };
  const why =
    before.version === saved?.version
      ? "the draft has changed since it was saved as"
      : "a change was made elsewhere since the draft was saved as";
  yield* askWhich(`I have done nothing yet, because ${why} ${nameOf(before)}. Shall it be replaced?`, BOTH, message);
  return undefined;
}

const BOTH = ["replace it", "save it as new"] as const;

/** The version is read again, so that the next "replace it" is about what the person has been told. */
async function* changedElsewhere({ saved, message }: Input, { workflows }: PlanContext): Events {
  const now = saved && (await workflows.read(saved.workflowId));
  if (now === undefined) {
    return yield* askWhich(`Nothing was replaced: workflow ${saved?.workflowId} is gone.`, ["save it"], message);
  }
  yield { kind: "saved", workflowId: now.id, version: now.version };
  const what = `${nameOf(now)} was changed elsewhere and has version ${now.version} now`;
  yield* askWhich(`Nothing was replaced: ${what}. Shall that version be replaced?`, BOTH, message);
}

/** For instance `workflow "Orders" (b3…)`. */
function nameOf({ id, spec }: Workflow): string {
  return spec?.name ? `workflow "${spec.name}" (${id})` : `workflow ${id}`;
}

/** How it starts. */
function nextSteps(workflow: Workflow): string {
  const missing = missingIn(workflow.spec);
  if (missing.length > 0) return ["Before it can run, say:", ...missing].join("\n");
  const trigger = triggerOf(workflow);
  if (trigger === "") return 'Say "run it" to run it.';
  return workflow.active ? trigger : 'Say "activate it" to let it start by itself, or "run it" to run it once now.';
}

/** What starts it by itself. The URL of a webhook contains its token: it is not for the text of a conversation. */
function triggerOf({ spec, trigger }: Workflow): string {
  const subtype = spec?.nodes.find((node) => node.subtype === "CRON" || node.subtype === "WEBHOOK")?.subtype;
  if (subtype === "WEBHOOK")
    return "A call of its URL starts it. The page shows the URL beside the workflow, and the API as its trigger.hook_path.";
  if (subtype !== "CRON") return "";
  const next = trigger?.nextFireTime;
  return next === undefined
    ? "Its schedule starts it."
    : `Its schedule starts it next at ${timestampDate(next).toISOString()}.`;
}

function say(text: string): PlannerEvent {
  return { kind: "text", text };
}
