/**
 * What the tab remembers over a reload, in sessionStorage: it ends with the tab, and no other tab reads it. The credential is here
 * and nowhere else. Only at a gateway without sign-in, the list of conversations is in localStorage, for all tabs and later visits: a list that outlived
 * its tab would show the next person of this browser what the one before has asked.
 */

export interface TabConversation {
  readonly id: string;
  /** Its first message. */
  readonly title: string;
  /** The workflow as which its draft was stored. */
  readonly workflowId?: string;
}

/** The part of `Storage` that is used. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const CREDENTIAL = "agent-team.credential";
const CONVERSATIONS = "agent-team.conversations";
/** Older ones leave the list. They stay stored for 30 days, by their id. */
const MAX_CONVERSATIONS = 50;
const CURRENT = "agent-team.conversation";

export class TabMemory {
  readonly #memory: Memory;
  readonly #shared: Memory;

  /** `memory` is of this tab, `shared` of all tabs. */
  constructor(memory: Memory, shared: Memory) {
    this.#memory = memory;
    this.#shared = shared;
  }

  get credential(): string {
    return this.#memory.getItem(CREDENTIAL) ?? "";
  }

  set credential(value: string) {
    if (value === "") this.#memory.removeItem(CREDENTIAL);
    else this.#memory.setItem(CREDENTIAL, value);
  }

  get conversations(): readonly TabConversation[] {
    return parse(this.#list.getItem(CONVERSATIONS));
  }

  set conversations(list: readonly TabConversation[]) {
    this.#list.setItem(CONVERSATIONS, JSON.stringify(list.slice(0, MAX_CONVERSATIONS)));
  }

  get #list(): Memory {
    return this.credential === "" ? this.#shared : this.#memory;
  }

  get current(): string {
    return this.#memory.getItem(CURRENT) ?? "";
  }

  set current(id: string) {
    this.#memory.setItem(CURRENT, id);
  }

  /** Of another caller nothing is left. */
  clear(): void {
    for (const key of [CREDENTIAL, CONVERSATIONS, CURRENT]) this.#memory.removeItem(key);
    this.#shared.removeItem(CONVERSATIONS);
  }
}

function parse(text: string | null): readonly TabConversation[] {
  try {
    return JSON.parse(text ?? "[]") as readonly TabConversation[];
  } catch {
    return [];
  }
}
