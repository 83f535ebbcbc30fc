/** A run: its graph with the state of each node, decisions that it waits for, and what can be done with it. */

import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Approval, NodeExecution, WorkflowSpec } from "../api/types.ts";
import type { App } from "../app.ts";
import type { AppState, OpenRun } from "../state/app-state.ts";
import { isFinal, summariseNodes } from "../state/run.ts";
import { Graph } from "./graph.tsx";
import { Icon } from "./icons.tsx";
import { NodeDetails } from "./node-details.tsx";
import { durationWords, runStateWords, timeWords, valueWords } from "./words.ts";

export function RunPanel({ app, state }: { readonly app: App; readonly state: AppState }): JSX.Element {
  const open = state.openRun;
  if (open === undefined) return <p class="empty">Reading …</p>;
  return <Opened key={open.id} app={app} state={state} open={open} />;
}

interface OpenedProps {
  readonly app: App;
  readonly state: AppState;
  readonly open: OpenRun;
}

function Opened({ app, state, open }: OpenedProps): JSX.Element {
  const [selected, setSelected] = useState("");
  const { progress, run } = open;
  const { executions } = progress;
  const states = useMemo(() => summariseNodes(executions), [executions]);
  const spec = useMemo(() => open.spec ?? specOf(executions), [open.spec, executions]);
  const node = spec.nodes?.find(({ id }) => id === selected);
  return (
    <>
      <header class="head">
        <div class="title">
          <h2>{open.spec?.name || "Run"}</h2>
          <span class="badge state" data-state={progress.state.toLowerCase()}>
            {runStateWords(progress.state)}
          </span>
        </div>
        <p class="muted">
          {run === undefined ? "" : `Run of ${timeWords(run.create_time)}, version ${run.workflow_version}`}
          {run?.end_time === undefined ? "" : ` · took ${durationWords(run.create_time, run.end_time)}`}
          {run?.rerun_of ? " · a repeat" : ""}
        </p>
        <Actions app={app} state={state} open={open} />
        {open.fault === "" ? null : <p class="banner bad">This run cannot be shown: {open.fault}</p>}
        {open.link === "broken" && !isFinal(progress.state) ? (
          <p class="banner">The connection is made again. The run goes on meanwhile.</p>
        ) : null}
        {progress.approvals.map((approval) => (
          <Decision key={approval.node_id} app={app} runId={open.id} approval={approval} isBusy={state.busy !== ""} />
        ))}
        {progress.error === undefined ? null : (
          <p class="banner bad">
            <strong>{progress.error.code}</strong> {progress.error.message}
          </p>
        )}
        {open.spec === undefined && run !== undefined && open.fault === "" ? (
          <p class="muted">
            The workflow has changed since. The steps of this run are shown without their connections.
          </p>
        ) : null}
      </header>
      <Graph
        spec={spec}
        states={states}
        selected={selected}
        onSelect={(id) => setSelected(id === selected ? "" : id)}
      />
      {node === undefined ? null : (
        <NodeDetails node={node} executions={executionsOf(selected, executions)} onClose={() => setSelected("")} />
      )}
      {run?.output === undefined || !isFinal(progress.state) ? null : (
        <section class="details" aria-label="Output of the run">
          <h3>Output</h3>
          <pre tabIndex={0}>{valueWords(run.output)}</pre>
        </section>
      )}
    </>
  );
}

function Actions({ app, state, open }: OpenedProps): JSX.Element {
  const isBusy = state.busy !== "";
  const runState = open.progress.state;
  return (
    <div class="actions">
      <button type="button" onClick={() => app.showDraft()}>
        Back to the draft
      </button>
      {isFinal(runState) ? (
        <>
          {runState === "SUCCEEDED" ? null : (
            <button
              type="button"
              class="primary"
              disabled={isBusy}
              onClick={() => void app.runs.rerun(open.id, "FAILED")}
            >
              Run on from where it stopped
            </button>
          )}
          <button type="button" disabled={isBusy} onClick={() => void app.runs.rerun(open.id, "START")}>
            Run again
          </button>
        </>
      ) : (
        <button type="button" class="danger" disabled={isBusy} onClick={() => void app.runs.cancel(open.id)}>
          Cancel the run
        </button>
      )}
    </div>
  );
}

interface DecisionProps {
  readonly app: App;
  readonly runId: string;
  readonly approval: Approval;
  readonly isBusy: boolean;
}

function Decision({ app, runId, approval, isBusy }: DecisionProps): JSX.Element {
  const [comment, setComment] = useState("");
  const decide = (approved: boolean): void => void app.runs.decide(runId, approval.node_id, approved, comment.trim());
  return (
    <section class="decision" aria-label="Your decision">
      <p class="ask">
        <Icon name="person" /> {approval.prompt}
      </p>
      {approval.expire_time === undefined ? null : <p class="muted">until {timeWords(approval.expire_time)}</p>}
      <input
        type="text"
        aria-label="Comment, if you like"
        placeholder="Comment, if you like"
        maxLength={1_000}
        value={comment}
        onInput={(event) => setComment(event.currentTarget.value)}
      />
      <div class="actions">
        <button type="button" class="primary" disabled={isBusy} onClick={() => decide(true)}>
          <Icon name="check" size={16} /> Approve
        </button>
        <button type="button" class="danger" disabled={isBusy} onClick={() => decide(false)}>
          <Icon name="cross" size={16} /> Reject
        </button>
      </div>
    </section>
  );
}

function executionsOf(id: string, executions: ReadonlyMap<string, NodeExecution>): readonly NodeExecution[] {
  return [...executions.values()].filter(({ node_id }) => node_id === id || node_id.startsWith(`${id}.`));
}

/** The nodes of a run of which the workflow is not known any more. */
function specOf(executions: ReadonlyMap<string, NodeExecution>): WorkflowSpec {
  const ids = new Set([...executions.keys()].map((id) => id.split(".")[0] ?? id));
  return { nodes: [...ids].map((id) => ({ id })) };
}
