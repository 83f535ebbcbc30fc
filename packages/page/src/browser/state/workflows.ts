/** Drafts become stored workflows here; stored workflows are listed and switched on and off. */

import { ProblemError } from "../api/problem.ts";
import type { Workflow, WorkflowSpec } from "../api/types.ts";
import { type Chat, chatOf } from "./app-state.ts";
import { withAnswers } from "./needs-input.ts";
import { act, type Parts } from "./parts.ts";
import { isSameSpec } from "./same-spec.ts";

/** The draft as it would be stored. */
export function draftSpec({ draft, answers }: Chat): WorkflowSpec | undefined {
  return draft === undefined ? undefined : withAnswers(draft.spec, answers);
}

/** The stored workflow that says the same as the draft: "save it" in the chat has made it, or the page before it was loaded again. */
function withStored(chat: Chat, workflows: readonly Workflow[]): Chat {
  const spec = draftSpec(chat);
  if (spec === undefined) return chat;
  const known = workflows.find(({ id }) => id === chat.stored?.id) ?? chat.stored;
  const same = workflows.find((each) => isSameSpec(each.spec ?? {}, spec));
  return { ...chat, stored: same ?? known };
}

/** `new`: not stored yet. `changed`: stored, and changed since. */
export function draftState(chat: Chat): "new" | "changed" | "stored" {
  const spec = draftSpec(chat);
  if (spec === undefined || chat.stored === undefined) return "new";
  return isSameSpec(spec, chat.stored.spec ?? {}) ? "stored" : "changed";
}

export class Workflows {
  readonly #parts: Parts;
  /** Request ids by what was to be stored: a repeat after a lost answer stores it once. */
  readonly #keys = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Reads the list, the newest change first. */
  async refresh(): Promise<void> {
    const { api, store } = this.#parts;
    const { workflows } = await api.json<{ readonly workflows: readonly Workflow[] }>("/v1/workflows?page_size=50");
    store.update((state) => {
      const chat = withStored(chatOf(state), workflows);
      return { ...state, workflows, chats: { ...state.chats, [state.current]: chat } };
    });
  }

  async open(id: string): Promise<void> {
    const { api, store } = this.#parts;
    store.update((state) => ({
      ...state,
      target: { kind: "workflow", id },
      pane: "workflow",
      fault: "",
      openWorkflow: state.workflows.find((each) => each.id === id),
    }));
    await act(this.#parts, "open", async () => this.#show(await api.json<Workflow>(`/v1/workflows/${id}`)));
  }

  /** A value that was missing in the draft. */
  answer(nodeId: string, pointer: string, value: string): void {
    this.#parts.store.update((state) => {
      const chat = chatOf(state);
      const answers = { ...chat.answers, [nodeId]: { ...chat.answers[nodeId], [pointer]: value } };
      return { ...state, chats: { ...state.chats, [state.current]: { ...chat, answers } } };
    });
  }

  /** Stores the draft that is shown: as a new workflow, or in the place of the one that it was stored as. */
  async save(): Promise<Workflow | undefined> {
    const { store } = this.#parts;
    const conversationId = store.state.current;
    const chat = chatOf(store.state);
    const spec = draftSpec(chat);
    if (spec === undefined) return undefined;
    if (draftState(chat) === "stored") return chat.stored;
    const workflow = await act(this.#parts, "save", () => this.#store(conversationId, spec, chat.stored));
    if (workflow === undefined) return undefined;
    this.#keep(conversationId, workflow);
    store.update((state) => ({ ...state, announcement: `Saved as version ${workflow.version}.` }));
    void this.refresh().catch(() => {}); // the list is renewed in a while anyway
    return workflow;
  }

  async #store(conversationId: string, spec: WorkflowSpec, stored: Workflow | undefined): Promise<Workflow> {
    const { api } = this.#parts;
    if (stored === undefined)
      return await api.json("/v1/workflows", {
        method: "POST",
        body: { spec, request_id: this.#keyOf(conversationId, spec) },
      });
    try {
      const headers = { "if-match": `"${stored.version}"` };
      return await api.json(`/v1/workflows/${stored.id}`, { method: "PUT", body: { spec }, headers });
    } catch (error) {
      const isGone = error instanceof ProblemError && (error.status === 404 || error.status === 412);
      if (!isGone) throw error;
      this.#keep(conversationId, undefined);
      throw new Error(
        "The stored workflow was changed or deleted elsewhere. Save again to store this draft as a new one.",
      );
    }
  }

  #keyOf(conversationId: string, spec: WorkflowSpec): string {
    const content = conversationId + JSON.stringify(spec);
    const key = this.#keys.get(content) ?? this.#parts.newId();
    this.#keys.set(content, key);
    return key;
  }

  #keep(id: string, workflow: Workflow | undefined): void {
    const { store, memory } = this.#parts;
    store.update((state) => {
      const chat = state.chats[id];
      return chat === undefined ? state : { ...state, chats: { ...state.chats, [id]: { ...chat, stored: workflow } } };
    });
    const conversations = store.state.conversations.map((each) =>
      each.id === id ? { ...each, workflowId: workflow?.id } : each,
    );
    memory.conversations = conversations;
    store.update((state) => ({ ...state, conversations }));
  }

  /** Lets the trigger fire, or stops it. */
  async setActive(workflow: Workflow, active: boolean): Promise<void> {
    const { api, store } = this.#parts;
    const path = `/v1/workflows/${workflow.id}/active`;
    const changed = await act(this.#parts, "active", () =>
      api.json<Workflow>(path, { method: "PUT", body: { active } }),
    );
    if (changed === undefined) return;
    this.#show(changed);
    store.update((state) => ({ ...state, announcement: active ? "Switched on." : "Switched off." }));
  }

  /** The newest version of a workflow, wherever it is shown. */
  #show(workflow: Workflow): void {
    this.#parts.store.update((state) => ({
      ...state,
      openWorkflow: state.target.kind === "workflow" && state.target.id === workflow.id ? workflow : state.openWorkflow,
      workflows: state.workflows.map((each) => (each.id === workflow.id ? workflow : each)),
      chats: Object.fromEntries(
        Object.entries(state.chats).map(([id, chat]) => [
          id,
          chat.stored?.id === workflow.id ? { ...chat, stored: workflow } : chat,
        ]),
      ),
    }));
  }
}
