/** The whole page: lists, conversation, and the workflow or run beside it. A narrow window shows one of them at a time. */

import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { App } from "../app.ts";
import type { AppState, Pane } from "../state/app-state.ts";
import { ChatPane } from "./chat.tsx";
import { Icon, type IconName } from "./icons.tsx";
import { useKeepFocus } from "./keep-focus.ts";
import { Lists } from "./lists.tsx";
import { RunPanel } from "./run-panel.tsx";
import { SignIn } from "./sign-in.tsx";
import { DraftPanel, StoredPanel } from "./workflow-panel.tsx";

export function Page({ app }: { readonly app: App }): JSX.Element {
  const [state, setState] = useState(app.store.state);
  useEffect(() => {
    setState(app.store.state);
    return app.store.onChange(() => setState(app.store.state));
  }, [app]);
  return (
    <>
      {state.phase === "sign-in" ? <SignIn app={app} fault={state.signInFault} /> : <Panes app={app} state={state} />}
      <p class="unseen" role="status">
        {state.announcement}
      </p>
    </>
  );
}

interface PanesProps {
  readonly app: App;
  readonly state: AppState;
}

function Panes({ app, state }: PanesProps): JSX.Element {
  const panel = useRef<HTMLElement>(null);
  useKeepFocus(panel);
  return (
    <div class="panes" data-pane={state.pane}>
      <button type="button" class="skip" onClick={() => document.getElementById("message")?.focus()}>
        To the message
      </button>
      <header class="bar">
        <h1>Agent Team</h1>
        <PaneTabs app={app} state={state} />
      </header>
      <Lists app={app} state={state} />
      <main>
        <ChatPane app={app} state={state} />
        <section class="panel" ref={panel} tabIndex={-1} aria-label={state.target.kind === "run" ? "Run" : "Workflow"}>
          <Panel app={app} state={state} />
        </section>
      </main>
      {state.fault === "" ? null : <Fault app={app} text={state.fault} />}
    </div>
  );
}

/** Above everything, so that nothing moves. */
function Fault({ app, text }: { readonly app: App; readonly text: string }): JSX.Element {
  return (
    <div class="toast" role="alert">
      <Icon name="alert" />
      <span>{text}</span>
      <button type="button" class="quiet square" aria-label="Dismiss" onClick={() => app.dismissFault()}>
        <Icon name="cross" size={16} />
      </button>
    </div>
  );
}

function Panel({ app, state }: PanesProps): JSX.Element {
  const { target } = state;
  switch (target.kind) {
    case "draft":
      return <DraftPanel key={state.current} app={app} state={state} />;
    case "workflow":
      return <StoredPanel key={target.id} app={app} state={state} />;
    case "run":
      return <RunPanel app={app} state={state} />;
    default:
      return target satisfies never;
  }
}

const TABS: readonly (readonly [Pane, string, IconName])[] = [
  ["chat", "Chat", "message"],
  ["workflow", "Workflow", "branch"],
  ["lists", "History", "list"],
];

function PaneTabs({ app, state: { pane } }: PanesProps): JSX.Element {
  return (
    <nav class="tabs" aria-label="Parts of the page">
      {TABS.map(([name, words, icon]) => (
        <button
          key={name}
          type="button"
          aria-current={pane === name ? "page" : undefined}
          onClick={() => app.show(name)}
        >
          <Icon name={icon} /> {words}
        </button>
      ))}
    </nav>
  );
}
