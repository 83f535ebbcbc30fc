/**
 * What the tab remembers over a reload, in sessionStorage: it ends with the tab, and no other tab reads it. The credential is here
 * and nowhere else.
 */

export interface TabConversation {
  readonly id: string;
  /** Its first message. */
  readonly title: string;
  /** The workflow as which its draft was stored. */
  readonly workflowId?: string | undefined;
  /** Begun in this tab, and not in the server's list yet. */
  readonly isNew?: boolean;
}

/** All that the tab remembers. */
export interface Place {
  readonly credential: string;
  readonly conversations: readonly TabConversation[];
  readonly current: string;
}

/** The part of `Storage` that is used. */
export interface Memory {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
}

const CREDENTIAL = "agent-team.credential";
const CONVERSATIONS = "agent-team.conversations";
const CURRENT = "agent-team.conversation";

export class TabMemory {
  readonly #memory: Memory;

  constructor(memory: Memory) {
    this.#memory = memory;
  }

  get credential(): string {
    return this.#memory.getItem(CREDENTIAL) ?? "";
  }

  set credential(value: string) {
    if (value === "") this.#memory.removeItem(CREDENTIAL);
    else this.#memory.setItem(CREDENTIAL, value);
  }

  get conversations(): readonly TabConversation[] {
    return parse(this.#memory.getItem(CONVERSATIONS));
  }

  set conversations(list: readonly TabConversation[]) {
    this.#memory.setItem(CONVERSATIONS, JSON.stringify(list));
  }

  get current(): string {
    return this.#memory.getItem(CURRENT) ?? "";
  }

  set current(id: string) {
    this.#memory.setItem(CURRENT, id);
  }

  get place(): Place {
    const { credential, conversations, current } = this;
    return { credential, conversations, current };
  }

  set place({ credential, conversations, current }: Place) {
    Object.assign(this, { credential, conversations, current });
  }

  /** Of another caller nothing is left. */
  clear(): void {
    for (const key of [CREDENTIAL, CONVERSATIONS, CURRENT]) this.#memory.removeItem(key);
  }
}

function parse(text: string | null): readonly TabConversation[] {
  try {
    return JSON.parse(text ?? "[]") as readonly TabConversation[];
  } catch {
    return [];
  }
}
