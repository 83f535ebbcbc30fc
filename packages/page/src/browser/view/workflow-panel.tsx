/** The draft of the conversation, or a stored workflow: its graph, what is missing, and what can be done with it. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Issue, Workflow, WorkflowSpec } from "../api/types.ts";
import type { App } from "../app.ts";
import { nameOf } from "../graph/describe-node.ts";
import { type AppState, type Chat, chatOf } from "../state/app-state.ts";
import { labelOf, missingIn, withAnswers } from "../state/needs-input.ts";
import { draftSpec, draftState } from "../state/workflows.ts";
import { Graph } from "./graph.tsx";
import { Icon } from "./icons.tsx";
import { NodeDetails } from "./node-details.tsx";
import { timeWords } from "./words.ts";

interface PanelProps {
  readonly app: App;
  readonly state: AppState;
}

export function DraftPanel({ app, state }: PanelProps): JSX.Element {
  const chat = chatOf(state);
  const spec = draftSpec(chat);
  if (spec === undefined || chat.draft === undefined) return <NoDraft />;
  const saved = draftState(chat);
  const isMissing = missingIn(spec).length > 0;
  return (
    <WorkflowView spec={spec} badge={badgeOf(saved, chat)}>
      <div class="actions">
        <button
          type="button"
          disabled={saved === "stored" || state.busy !== ""}
          onClick={() => void app.workflows.save()}
        >
          {saved === "stored" ? "Saved" : saved === "changed" ? "Save changes" : "Save"}
        </button>
        <button
          type="button"
          class="primary"
          disabled={isMissing || state.busy !== ""}
          onClick={() => void app.runDraft()}
        >
          {saved === "stored" ? "Run" : "Save and run"}
        </button>
      </div>
      {chat.stored === undefined ? null : <Trigger app={app} workflow={chat.stored} isBusy={state.busy !== ""} />}
      <Missing app={app} chat={chat} />
      <Notes issues={chat.draft.issues} notUnderstood={chat.draft.notUnderstood} />
    </WorkflowView>
  );
}

function NoDraft(): JSX.Element {
  return (
    <div class="empty">
      <Icon name="branch" size={40} />
      <p>The workflow is drawn here as soon as there is a draft.</p>
    </div>
  );
}

function badgeOf(saved: ReturnType<typeof draftState>, { stored }: Chat): string {
  if (saved === "new") return "draft";
  return saved === "stored" ? `version ${stored?.version}` : `changed since version ${stored?.version}`;
}

export function StoredPanel({ app, state }: PanelProps): JSX.Element {
  const workflow = state.openWorkflow;
  if (workflow?.spec === undefined)
    return <p class="empty">{state.busy === "" ? "This workflow cannot be read." : "Reading …"}</p>;
  const isMissing = missingIn(workflow.spec).length > 0;
  return (
    <WorkflowView spec={workflow.spec} badge={`version ${workflow.version}`}>
      <div class="actions">
        <button type="button" onClick={() => app.showDraft()}>
          Back to the draft
        </button>
        <button
          type="button"
          class="primary"
          disabled={isMissing || state.busy !== ""}
          onClick={() => void app.run(workflow)}
        >
          Run
        </button>
      </div>
      <Trigger app={app} workflow={workflow} isBusy={state.busy !== ""} />
      {isMissing ? (
        <p class="banner warn">Values are missing. Set them in the conversation that drafted this workflow.</p>
      ) : null}
    </WorkflowView>
  );
}

interface WorkflowViewProps {
  readonly spec: WorkflowSpec;
  readonly badge: string;
  readonly children: preact.ComponentChildren;
}

function WorkflowView({ spec, badge, children }: WorkflowViewProps): JSX.Element {
  const [selected, setSelected] = useState("");
  const node = spec.nodes?.find(({ id }) => id === selected);
  return (
    <>
      <header class="head">
        <div class="title">
          <h2>{spec.name || "Workflow"}</h2>
          <span class="badge">{badge}</span>
        </div>
        {children}
      </header>
      <Graph spec={spec} selected={selected} onSelect={(id) => setSelected(id === selected ? "" : id)} />
      {node === undefined ? null : <NodeDetails node={node} onClose={() => setSelected("")} />}
    </>
  );
}

/** Whether the schedule or the webhook fires. A workflow that is started by hand has neither. */
function Trigger({
  app,
  workflow,
  isBusy,
}: {
  readonly app: App;
  readonly workflow: Workflow;
  readonly isBusy: boolean;
}): JSX.Element | null {
  const trigger = workflow.spec?.nodes?.find(({ type }) => type === "TRIGGER");
  if (trigger?.subtype !== "CRON" && trigger?.subtype !== "WEBHOOK") return null;
  const isActive = workflow.active === true;
  const { next_fire_time = "", hook_path = "" } = workflow.trigger ?? {};
  const isCron = trigger.subtype === "CRON";
  return (
    <div class="trigger">
      <button
        type="button"
        role="switch"
        class="switch"
        aria-checked={isActive}
        disabled={isBusy}
        onClick={() => void app.workflows.setActive(workflow, !isActive)}
      >
        <span class="knob" aria-hidden="true" />
        {isCron ? "Run on schedule" : "Run by webhook"}
      </button>
      {isActive && next_fire_time !== "" ? <span class="muted">next: {timeWords(next_fire_time)}</span> : null}
      {isActive && hook_path !== "" ? <code>POST {hook_path}</code> : null}
    </div>
  );
}

/** The values that a person must set, with a field for each, where they are missing. */
function Missing({ app, chat }: { readonly app: App; readonly chat: Chat }): JSX.Element | null {
  const spec = chat.draft?.spec;
  const missing = spec === undefined ? [] : missingIn(spec);
  if (spec === undefined || missing.length === 0) return null;
  const isDone = missingIn(withAnswers(spec, chat.answers)).length === 0;
  return (
    <form class={isDone ? "missing" : "missing warn"} onSubmit={(event) => event.preventDefault()}>
      <p>{isDone ? "Values that you set:" : "These values are missing before it can run:"}</p>
      {missing.map(({ node, pointer }) => (
        <label key={node.id + pointer}>
          <span>
            {nameOf(node)}: {labelOf(pointer)}
          </span>
          <input
            type="text"
            autocomplete="off"
            value={chat.answers[node.id]?.[pointer] ?? ""}
            onInput={(event) => app.workflows.answer(node.id, pointer, event.currentTarget.value)}
          />
        </label>
      ))}
    </form>
  );
}

function Notes({
  issues,
  notUnderstood,
}: {
  readonly issues: readonly Issue[];
  readonly notUnderstood: readonly string[];
}): JSX.Element | null {
  // What needs input has its fields.
  const shown = issues.filter(({ code }) => code !== "NEEDS_INPUT");
  if (shown.length === 0 && notUnderstood.length === 0) return null;
  return (
    <ul class="notes" aria-label="Notes about the draft">
      {shown.map(({ severity, message, path }) => (
        <li key={`${path}${message}`} class={severity === "ERROR" ? "bad" : ""}>
          <Icon name="alert" size={15} /> {message}
        </li>
      ))}
      {notUnderstood.length === 0 ? null : <li>Left out: {notUnderstood.join(", ")}</li>}
    </ul>
  );
}
