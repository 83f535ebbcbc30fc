/** All that the page shows. */

import type { Question, Run, Workflow, WorkflowSpec } from "../api/types.ts";
import type { Answers } from "./needs-input.ts";
import type { RunProgress } from "./run.ts";
import type { TabConversation } from "./tab-memory.ts";
import type { Proposal, Turn } from "./turn.ts";

export interface AppState {
  /** `starting`: whether the gateway wants a credential is not known yet. */
  readonly phase: "starting" | "sign-in" | "ready";
  /** Why the last credential was refused; empty at first. */
  readonly signInFault: string;
  /** Whether a credential is in use, which can be forgotten. */
  readonly isSignedIn: boolean;
  /** The part that a narrow window shows. */
  readonly pane: Pane;
  /** Each list has been read once, or could not be: until then none is shown. */
  readonly areListsRead: boolean;
  readonly conversations: readonly TabConversation[];
  readonly current: string;
  /** By the id of the conversation. */
  readonly chats: Readonly<Record<string, Chat>>;
  readonly target: Target;
  /** The newest change first; at most 50. */
  readonly workflows: readonly Workflow[];
  readonly runs: List<Run>;
  readonly openWorkflow: Workflow | undefined;
  readonly openRun: OpenRun | undefined;
  /** The action that is under way: its buttons wait. */
  readonly busy: string;
  /** Why the last action failed; empty otherwise. */
  readonly fault: string;
  /** What a screen reader says next. */
  readonly announcement: string;
}

export type Pane = "chat" | "workflow" | "lists";

/** What stands beside the chat: its draft, a stored workflow, or a run. */
export type Target =
  | { readonly kind: "draft" }
  | { readonly kind: "workflow"; readonly id: string }
  | { readonly kind: "run"; readonly id: string };

interface List<Item> {
  readonly items: readonly Item[];
  /** Token of the next page; empty at the end. */
  readonly next: string;
}

export interface Chat {
  readonly items: readonly ChatItem[];
  readonly draft: Proposal | undefined;
  readonly questions: readonly Question[];
  /** What a person has set in the draft. */
  readonly answers: Answers;
  /** As which the draft was stored. */
  readonly stored: Workflow | undefined;
}

export type ChatItem = UserItem | AnswerItem;

export interface UserItem {
  readonly kind: "user";
  readonly key: string;
  readonly text: string;
  /** `waiting`: the gateway does not answer, and is asked again. */
  readonly state: "sending" | "waiting" | "sent" | "failed";
  readonly fault: string;
}

export interface AnswerItem {
  readonly kind: "answer";
  readonly key: string;
  readonly turnId: string;
  readonly turn: Turn;
  /**
   * `quiet`: nothing has come for a while. `recovering`: no agent works on the turn, and the connection is there. `broken`: the connection
   * is being made again.
   */
  readonly link: "live" | "quiet" | "recovering" | "broken";
}

export interface OpenRun {
  readonly id: string;
  readonly run: Run | undefined;
  /** Of the version that runs; undefined when it cannot be read any more. */
  readonly spec: WorkflowSpec | undefined;
  readonly progress: RunProgress;
  readonly link: "live" | "broken";
  /** Why it cannot be shown; empty otherwise. */
  readonly fault: string;
}

export const NEW_CHAT: Chat = { items: [], draft: undefined, questions: [], answers: {}, stored: undefined };

export const NEW_STATE: AppState = {
  phase: "starting",
  signInFault: "",
  isSignedIn: false,
  pane: "chat",
  areListsRead: false,
  conversations: [],
  current: "",
  chats: {},
  target: { kind: "draft" },
  workflows: [],
  runs: { items: [], next: "" },
  openWorkflow: undefined,
  openRun: undefined,
  busy: "",
  fault: "",
  announcement: "",
};

export function chatOf({ chats, current }: AppState): Chat {
  return chats[current] ?? NEW_CHAT;
}

/** The answer that is being written, if one is. */
export function runningAnswer({ items }: Chat): AnswerItem | undefined {
  return items.find((item): item is AnswerItem => item.kind === "answer" && item.turn.end === undefined);
}
