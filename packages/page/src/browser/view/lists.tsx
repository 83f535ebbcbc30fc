/** What a person can open: conversations, stored workflows, and runs. */

import type { JSX } from "preact";
import type { Run, Workflow } from "../api/types.ts";
import type { App } from "../app.ts";
import type { AppState } from "../state/app-state.ts";
import { Icon } from "./icons.tsx";
import { runStateWords, timeWords } from "./words.ts";

export function Lists({ app, state }: { readonly app: App; readonly state: AppState }): JSX.Element {
  const { conversations, current, target, workflows, runs } = state;
  const names = new Map(workflows.map(({ id, spec }) => [id, spec?.name || id]));
  return (
    <nav class="lists" aria-label="Conversations, workflows and runs">
      <button type="button" class="new" onClick={() => app.conversations.begin()}>
        <Icon name="plus" size={16} /> New conversation
      </button>
      {state.areListsRead ? (
        <>
          <Section title="Conversations" empty="None yet.">
            {conversations.map(({ id, title }) => (
              <Row key={id} isCurrent={id === current} onOpen={() => void app.conversations.open(id)}>
                <span class="name">{title}</span>
              </Row>
            ))}
          </Section>
          <Section title="Runs" empty="Nothing has run yet.">
            {runs.items.map((run) => (
              <RunRow
                key={run.id}
                run={run}
                name={names.get(run.workflow_id) ?? run.workflow_id}
                isCurrent={target.kind === "run" && target.id === run.id}
                onOpen={() => app.runs.open(run.id)}
              />
            ))}
          </Section>
          {runs.next === "" ? null : (
            <button
              type="button"
              class="link more"
              disabled={state.busy !== ""}
              onClick={() => void app.runs.showMore()}
            >
              Older runs
            </button>
          )}
          <Section title="Workflows" empty="None is saved yet.">
            {workflows.map((workflow) => (
              <WorkflowRow
                key={workflow.id}
                workflow={workflow}
                isCurrent={target.kind === "workflow" && target.id === workflow.id}
                onOpen={() => void app.workflows.open(workflow.id)}
              />
            ))}
          </Section>
          <footer>
            <a href="/docs">API</a>
            {state.isSignedIn ? (
              <button type="button" class="link" onClick={() => app.signOut()}>
                Sign out
              </button>
            ) : null}
          </footer>
        </>
      ) : null}
    </nav>
  );
}

interface SectionProps {
  readonly title: string;
  readonly empty: string;
  readonly children: readonly JSX.Element[];
}

function Section({ title, empty, children }: SectionProps): JSX.Element {
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {children.length === 0 ? <p class="muted">{empty}</p> : <ul role="list">{children}</ul>}
    </section>
  );
}

interface RowProps {
  readonly isCurrent: boolean;
  readonly onOpen: () => void;
  readonly children: preact.ComponentChildren;
}

function Row({ isCurrent, onOpen, children }: RowProps): JSX.Element {
  return (
    <li>
      <button type="button" class="row" aria-current={isCurrent ? "true" : undefined} onClick={onOpen}>
        {children}
      </button>
    </li>
  );
}

function RunRow({
  run,
  name,
  ...row
}: Omit<RowProps, "children"> & { readonly run: Run; readonly name: string }): JSX.Element {
  return (
    <Row {...row}>
      <span class="dot" data-state={run.state.toLowerCase()} aria-hidden="true" />
      <span class="name">{name}</span>
      <span class="when">
        {runStateWords(run.state)} · {timeWords(run.create_time)}
      </span>
    </Row>
  );
}

function WorkflowRow({ workflow, ...row }: Omit<RowProps, "children"> & { readonly workflow: Workflow }): JSX.Element {
  return (
    <Row {...row}>
      <span class="name">{workflow.spec?.name || workflow.id}</span>
      {workflow.active === true ? <span class="when">switched on</span> : null}
    </Row>
  );
}
