/** The page's logic, put together: what its views call. */

import type { Clock } from "@agent-team/foundation/clock";
import type { Random } from "@agent-team/foundation/random";
import { Api } from "./api/api.ts";
import { messageOf, ProblemError } from "./api/problem.ts";
import type { Workflow } from "./api/types.ts";
import { type AppState, chatOf, NEW_STATE, type Pane, type Target } from "./state/app-state.ts";
import { Conversations } from "./state/conversations.ts";
import type { Parts, StreamSlots } from "./state/parts.ts";
import { Runs } from "./state/runs.ts";
import { Store } from "./state/store.ts";
import { type Memory, type Place, TabMemory } from "./state/tab-memory.ts";
import { Workflows } from "./state/workflows.ts";

export interface AppOptions {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly random: Random;
  readonly newId: () => string;
  readonly address: Address;
  readonly slots: StreamSlots;
}

/** The part of the page's address that names what stands beside the chat: "#/runs/ID", "#/workflows/ID", "#/". */
export interface Address {
  read(): string;
  /** Adds an entry to the history of the tab. */
  write(hash: string): void;
}

/** How often the lists are read again while the page is seen. */
const REFRESH_MS = 10_000;

/** A key or a token is sent in a header, which has no other characters. */
const CREDENTIAL = /^[\x21-\x7e]+$/;

export class App {
  readonly store: Store<AppState> = new Store(NEW_STATE);
  readonly conversations: Conversations;
  readonly workflows: Workflows;
  readonly runs: Runs;
  readonly #memory: TabMemory;
  readonly #parts: Parts;
  readonly #address: Address;
  #isSeen = true;
  #isPlaced = false;
  /** The address of the target that is shown. */
  #shown = "#/";
  /** What the tab remembered when the credential was refused: the person who enters it again goes on there. */
  #refused: Place | undefined;

  constructor({ fetch, memory, clock, random, newId, address, slots }: AppOptions) {
    this.#address = address;
    this.#memory = new TabMemory(memory);
    const api = new Api({
      fetch,
      credential: () => this.#memory.credential,
      onSignedOut: (detail) => this.#didSignOut(detail),
    });
    this.#parts = { api, store: this.store, memory: this.#memory, clock, random, newId, slots };
    this.workflows = new Workflows(this.#parts);
    this.runs = new Runs(this.#parts);
    this.conversations = new Conversations(this.#parts, {
      onDraft: () => {
        if (this.store.state.target.kind !== "draft") this.showDraft();
      },
      onTurnEnd: () => void this.#showOrdered(),
    });
  }

  async start(): Promise<void> {
    this.store.onChange(() => this.#writeAddress());
    this.#refreshLater();
    await this.#enter();
  }

  /** Whether a person sees the page: otherwise it asks for nothing. */
  didShow(isSeen: boolean): void {
    const isSeenAgain = isSeen && !this.#isSeen;
    this.#isSeen = isSeen;
    this.runs.didShow(isSeen);
    if (isSeenAgain && this.store.state.phase === "ready") void this.#refreshAll();
  }

  /** The credential is tried at once. */
  async signIn(credential: string): Promise<void> {
    const given = credential.trim();
    if (!CREDENTIAL.test(given)) {
      return this.store.update((state) => ({
        ...state,
        signInFault: "A key has letters, digits and signs of ASCII only.",
      }));
    }
    if (given === this.#refused?.credential) this.#memory.place = this.#refused;
    else this.#forget();
    this.#memory.credential = given;
    await this.#enter();
  }

  signOut(): void {
    this.#forget();
  }

  /** Nothing of the person before is left in the tab. */
  #forget(): void {
    this.#refused = undefined;
    this.#isPlaced = false;
    this.conversations.stop();
    this.runs.close();
    this.#memory.clear();
    this.store.update(() => ({ ...NEW_STATE, phase: "sign-in" }));
  }

  /**
   * Reads what the lists show. Whether the credential is accepted is known then. The lists appear together: each of them would push those
   * below it down, and say until then that there is nothing.
   */
  async #enter(): Promise<void> {
    const { credential } = this.#memory;
    const others = Promise.allSettled([this.workflows.refresh(), this.conversations.refresh()]);
    try {
      await this.runs.refresh();
    } catch (error) {
      const isRefused = error instanceof ProblemError && error.status === 401;
      if (isRefused || this.#memory.credential !== credential) return; // the person is asked
      this.store.update((state) => ({ ...state, fault: messageOf(error) }));
    }
    if (this.#memory.credential !== credential) return; // refused meanwhile
    const isSignedIn = credential !== "";
    this.store.update((state) => ({ ...state, phase: "ready", signInFault: "", isSignedIn }));
    // The list of runs has told what is wrong.
    void others.then(() => this.store.update((state) => ({ ...state, areListsRead: state.phase === "ready" })));
    this.#place();
    this.#isPlaced = true;
    await this.conversations.start();
    await others;
    await this.workflows.refresh().catch(() => {}); // the draft of the conversation may be a stored workflow
  }

  /** What is shown stays in the page, hidden, for the same person; a reload finds nothing of it. */
  #didSignOut(detail: string): void {
    if (this.#memory.credential !== "") this.#refused = this.#memory.place;
    this.#memory.clear();
    this.store.update((state) => ({ ...state, phase: "sign-in", signInFault: detail, isSignedIn: false }));
  }

  #refreshLater(): void {
    this.#parts.clock.setTimer(REFRESH_MS, () => {
      if (this.#isSeen && this.store.state.phase === "ready") void this.#refresh();
      this.#refreshLater();
    });
  }

  /** After a turn: "run it" has started a run of the draft, which is shown. */
  async #showOrdered(): Promise<void> {
    const before = new Set(this.store.state.runs.items.map(({ id }) => id));
    await this.#refreshAll();
    const { runs, target } = this.store.state;
    const { stored } = chatOf(this.store.state);
    const started = runs.items.find(({ id, workflow_id }) => !before.has(id) && workflow_id === stored?.id);
    if (started !== undefined && target.kind === "draft") this.runs.open(started.id);
  }

  /** A list that cannot be read now stays as it is. */
  async #refresh(): Promise<void> {
    await Promise.allSettled([this.runs.refresh(), this.workflows.refresh()]);
  }

  /** Also the conversations, which an agent reads whole for their list: not every few seconds. */
  async #refreshAll(): Promise<void> {
    await Promise.allSettled([this.#refresh(), this.conversations.refresh()]);
  }

  show(pane: Pane): void {
    this.store.update((state) => ({ ...state, pane }));
  }

  dismissFault(): void {
    this.store.update((state) => ({ ...state, fault: "" }));
  }

  /** Shows what the address names, if it is something else. */
  navigate(): void {
    const { target, phase } = this.store.state;
    if (phase === "ready" && hashOf(target) !== this.#address.read()) this.#place();
  }

  #place(): void {
    const [, kind, id = ""] = /^#\/(runs|workflows)\/([A-Za-z0-9._-]{1,128})$/.exec(this.#address.read()) ?? [];
    if (kind === "runs") this.runs.open(id);
    else if (kind === "workflows") void this.workflows.open(id);
    else if (this.store.state.target.kind !== "draft") this.showDraft();
  }

  /** Not before the page has read it, and with a new target only: any other change could take back an address that was just entered. */
  #writeAddress(): void {
    const hash = hashOf(this.store.state.target);
    if (hash === this.#shown) return;
    this.#shown = hash;
    if (this.#isPlaced && hash !== (this.#address.read() || "#/")) this.#address.write(hash);
  }

  showDraft(): void {
    this.runs.close();
    this.store.update((state) => ({ ...state, target: { kind: "draft" }, fault: "" }));
  }

  /** Stores the draft if it is not stored as it is, and runs it. */
  async runDraft(): Promise<void> {
    const workflow = await this.workflows.save();
    if (workflow !== undefined) await this.runs.begin(workflow);
  }

  async run(workflow: Workflow): Promise<void> {
    await this.runs.begin(workflow);
  }
}

function hashOf(target: Target): string {
  return target.kind === "draft" ? "#/" : `#/${target.kind}s/${target.id}`;
}
