/** Runs: started, listed, opened, followed while they go on, decided, cancelled and run again. */

import { follow, wait } from "../api/follow.ts";
import { messageOf, ProblemError } from "../api/problem.ts";
import type { ServerEvent } from "../api/sse.ts";
import type { Run, RunMessage, Workflow, WorkflowSpec } from "../api/types.ts";
import type { OpenRun } from "./app-state.ts";
import { streamHeaders } from "./conversations.ts";
import { act, type Parts } from "./parts.ts";
import { isFinal, isLastOfRun, NEW_RUN, progressOf, reduceRun } from "./run.ts";

/** How often a run is read while other tabs have the places for streams. */
const ASK_MS = 2_000;

/** The run that is shown. */
interface Watch {
  readonly id: string;
  readonly ended: AbortController;
  /** The last event; undefined at the beginning. */
  after: string | undefined;
}

interface RunPage {
  readonly runs: readonly Run[];
  readonly next_page_token: string;
}

export class Runs {
  readonly #parts: Parts;
  /** By workflow and version. */
  readonly #specs = new Map<string, WorkflowSpec>();
  #watch: Watch | undefined;
  #isSeen = true;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The newest runs, in the place of those that are listed; pages that were read behind them stay. */
  async refresh(): Promise<void> {
    const { api, store } = this.#parts;
    const { runs, next_page_token } = await api.json<RunPage>("/v1/runs?page_size=20");
    store.update((state) => {
      const newest = new Set(runs.map(({ id }) => id));
      const older = next_page_token === "" ? [] : state.runs.items.slice(20).filter(({ id }) => !newest.has(id));
      return {
        ...state,
        runs: { items: [...runs, ...older], next: older.length > 0 ? state.runs.next : next_page_token },
      };
    });
  }

  async showMore(): Promise<void> {
    const { api, store } = this.#parts;
    const path = `/v1/runs?page_size=20&page_token=${encodeURIComponent(store.state.runs.next)}`;
    const page = await act(this.#parts, "more", () => api.json<RunPage>(path));
    if (page === undefined) return;
    store.update((state) => ({
      ...state,
      runs: { items: [...state.runs.items, ...page.runs], next: page.next_page_token },
    }));
  }

  async begin(workflow: Workflow): Promise<void> {
    const { api, newId } = this.#parts;
    const init = { method: "POST", body: { request_id: newId() } } as const;
    const run = await act(this.#parts, "run", () => api.json<Run>(`/v1/workflows/${workflow.id}/runs`, init));
    if (run === undefined) return;
    if (workflow.spec !== undefined && workflow.version === run.workflow_version)
      this.#specs.set(specKey(run), workflow.spec);
    this.#opened(run, "The run has started.");
  }

  /** `FAILED`: from where it stopped. `START`: the present version, from its trigger. */
  async rerun(id: string, from: "FAILED" | "START"): Promise<void> {
    const { api, newId } = this.#parts;
    const init = { method: "POST", body: { from, request_id: newId() } } as const;
    const run = await act(this.#parts, "rerun", () => api.json<Run>(`/v1/runs/${id}/rerun`, init));
    if (run !== undefined) this.#opened(run, "The run has started again.");
  }

  #opened(run: Run, announcement: string): void {
    this.#parts.store.update((state) => ({
      ...state,
      announcement,
      runs: { ...state.runs, items: [run, ...state.runs.items] },
    }));
    this.open(run.id, run);
  }

  async cancel(id: string): Promise<void> {
    await act(this.#parts, "cancel", () =>
      this.#parts.api.call(`/v1/runs/${id}/cancel`, { method: "POST", body: { reason: "cancelled on the page" } }),
    );
  }

  async decide(id: string, nodeId: string, approved: boolean, comment: string): Promise<void> {
    const { api, newId, store } = this.#parts;
    const body = { approved, request_id: newId(), ...(comment === "" ? {} : { comment }) };
    const decided = await act(this.#parts, "decide", () =>
      api.call(`/v1/runs/${id}/signals/${nodeId}`, { method: "POST", body }),
    );
    if (decided !== undefined)
      store.update((state) => ({ ...state, announcement: approved ? "Approved." : "Rejected." }));
  }

  open(id: string, run?: Run): void {
    const { store } = this.#parts;
    const openRun: OpenRun = { id, run, spec: undefined, progress: NEW_RUN, link: "live", fault: "" };
    store.update((state) => ({ ...state, target: { kind: "run", id }, pane: "workflow", fault: "", openRun }));
    this.#watch?.ended.abort();
    this.#watch = { id, ended: new AbortController(), after: undefined };
    void this.#load(id);
    void this.#follow();
  }

  /** The run is not shown any more. */
  close(): void {
    this.#watch?.ended.abort();
    this.#watch = undefined;
    this.#parts.store.update((state) => ({ ...state, openRun: undefined }));
  }

  /**
   * A page that is not seen holds no connection for a run: a browser has six to one origin, for all its tabs. When it is seen again
   * it goes on behind the last event.
   */
  didShow(isSeen: boolean): void {
    if (this.#isSeen === isSeen) return;
    this.#isSeen = isSeen;
    const watch = this.#watch;
    watch?.ended.abort();
    if (!isSeen || watch === undefined) return;
    this.#watch = { ...watch, ended: new AbortController() };
    void this.#follow();
  }

  async #load(id: string): Promise<void> {
    try {
      const run = await this.#parts.api.json<Run>(`/v1/runs/${id}`);
      this.#change(id, (open) => ({ ...open, run: { ...run, state: latest(run, open) } }));
      const spec = await this.#specOf(run);
      this.#change(id, (open) => ({ ...open, spec }));
    } catch (error) {
      this.#change(id, (open) => ({ ...open, fault: messageOf(error) }));
    }
  }

  /** Undefined when the workflow has another version by now, or is gone. */
  async #specOf(run: Run): Promise<WorkflowSpec | undefined> {
    const known = this.#specs.get(specKey(run));
    if (known !== undefined) return known;
    try {
      const { spec, version } = await this.#parts.api.json<Workflow>(`/v1/workflows/${run.workflow_id}`);
      if (version !== run.workflow_version || spec === undefined) return undefined;
      this.#specs.set(specKey(run), spec);
      return spec;
    } catch {
      return undefined; // the run is shown by its nodes alone
    }
  }

  async #follow(): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined || !this.#isSeen) return;
    try {
      while (!watch.ended.signal.aborted) {
        const release = await this.#parts.slots.take();
        if (release !== undefined) return await this.#stream(watch).finally(release);
        if (await this.#ask(watch)) return;
        await wait(ASK_MS, this.#parts.clock, watch.ended.signal);
      }
    } catch (error) {
      this.#change(watch.id, (each) => ({ ...each, fault: messageOf(error) }));
    }
  }

  /** Reads the events of the run to the last one. */
  async #stream(watch: Watch): Promise<void> {
    const { api, clock, random } = this.#parts;
    const { id, ended, after } = watch;
    // What was read without events comes again with them.
    if (after === undefined) this.#change(id, (each) => ({ ...each, progress: NEW_RUN }));
    const open = (cursor: string | undefined, signal: AbortSignal): Promise<Response> =>
      api.call(`/v1/runs/${id}/events`, { headers: streamHeaders(cursor), signal });
    for await (const followed of follow({ open, isLast, isRestart, after, signal: ended.signal, clock, random })) {
      if (followed.kind === "broken") this.#change(id, (each) => ({ ...each, link: "broken" }));
      else {
        watch.after = isRestart(followed.event) ? undefined : (followed.event.id ?? watch.after);
        this.#add(id, JSON.parse(followed.event.data) as RunMessage);
      }
    }
  }

  /** Reads the run as it is now. Resolves to whether nothing more is to be read. */
  async #ask({ id, ended }: Watch): Promise<boolean> {
    try {
      const run = await this.#parts.api.json<Run>(`/v1/runs/${id}`, { signal: ended.signal });
      this.#change(id, (each) => ({ ...each, run, progress: progressOf(run), link: "live" }));
      return isFinal(run.state);
    } catch (error) {
      if (ended.signal.aborted) return true;
      if (error instanceof ProblemError && !error.isPassing) throw error;
      this.#change(id, (each) => ({ ...each, link: "broken" }));
      return false;
    }
  }

  #add(id: string, message: RunMessage): void {
    const { store } = this.#parts;
    this.#change(id, (open) => {
      const progress = reduceRun(open.progress, message);
      const run = open.run && { ...open.run, state: progress.state };
      return { ...open, progress, run, link: "live" };
    });
    const announcement = announcementOf(message);
    if (announcement !== "") store.update((state) => ({ ...state, announcement }));
    if (message.run_state_changed === undefined) return;
    const { state = "PENDING" } = message.run_state_changed;
    store.update((all) => ({
      ...all,
      runs: { ...all.runs, items: all.runs.items.map((run) => (run.id === id ? { ...run, state } : run)) },
    }));
    if (isFinal(state)) void this.#load(id);
  }

  #change(id: string, change: (open: OpenRun) => OpenRun): void {
    this.#parts.store.update((state) =>
      state.openRun?.id === id ? { ...state, openRun: change(state.openRun) } : state,
    );
  }
}

function specKey({ workflow_id, workflow_version }: Run): string {
  return `${workflow_id}@${workflow_version}`;
}

/** The answer may be older than the events that came meanwhile. */
function latest(run: Run, { progress }: OpenRun): Run["state"] {
  return isFinal(progress.state) ? progress.state : run.state;
}

function announcementOf({ run_state_changed, approval_requested }: RunMessage): string {
  if (approval_requested !== undefined) return `The run waits for your decision: ${approval_requested.prompt ?? ""}`;
  const state = run_state_changed?.state ?? "PENDING";
  return isFinal(state) ? `The run has ended: ${state.toLowerCase().replace("_", " ")}.` : "";
}

function isLast({ name, data }: ServerEvent): boolean {
  return name === "run_state_changed" && isLastOfRun(JSON.parse(data) as RunMessage);
}

function isRestart({ name }: ServerEvent): boolean {
  return name === "history_truncated";
}
