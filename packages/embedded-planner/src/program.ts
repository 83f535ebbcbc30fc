import type { NodeType } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Reading } from "./reading.ts";

/**
 * A request as it was understood: a trigger, and items in reading order. The list is flat, like the sentence: branches are
 * markers between the steps, and draft/layout.ts turns them into edges.
 */
export interface Program {
  readonly trigger: Step;
  readonly items: readonly Item[];
  /** Words that are not understood, in reading order. A program with leftovers is not drafted. */
  readonly leftovers: readonly Leftover[];
  /** Leftovers that the person agreed to leave out. */
  readonly leftOut: readonly string[];
  /** The request as it may be meant, with slips of the keyboard put right; asked about before anything else. */
  readonly meant?: string | undefined;
  /** The name that the person gave. Default: from the first and the last step. */
  readonly name?: string | undefined;
}

/** Words of a message that are part of no node and of no question. */
export interface Leftover {
  /** As they were written. */
  readonly words: string;
  /** The two meanings of words that are known: "it may …, or …". Absent for unknown words. */
  readonly why?: string | undefined;
  /**
   * They change the meaning of other words (a condition, a time, a limit, a loop), so the request cannot be drafted
   * without them. Other leftovers are an action that the person may leave out.
   */
  readonly binding: boolean;
}

export type Item =
  | StepItem
  | BranchItem
  /** The next items happen if the last step with `isCaught` fails. */
  | { readonly kind: "failure" }
  /** The next items happen once for each entry of "it", which `noun` names. */
  | { readonly kind: "each"; readonly noun: string }
  /** The next items happen once, after the last entry. */
  | { readonly kind: "after-each" }
  /** The next items are for one output of the last approval. */
  | { readonly kind: "decision"; readonly output: DecisionOutput }
  /** The next items are for the other case of the innermost branch. */
  | { readonly kind: "otherwise" }
  /** The next items happen in each case. */
  | { readonly kind: "join" };

export interface StepItem {
  readonly kind: "step";
  readonly step: Step;
  /** It comes after a branch, and the sentence does not decide whether it belongs to it. */
  readonly isUnsure: boolean;
  /** If it fails, other steps follow. Default false: the run fails. */
  readonly isCaught?: boolean | undefined;
  readonly policy?: Policy | undefined;
}

/** How often and how long a step may be tried. */
export interface Policy {
  /** Attempts in all, with the first. Default 1. */
  readonly attempts?: number | undefined;
  /** Limit of one attempt. Default: that of its kind. */
  readonly timeoutSeconds?: number | undefined;
}

/** The next items happen only if `condition` is true, or false when `negated`. */
export interface BranchItem {
  readonly kind: "if";
  readonly condition: Condition;
  readonly negated: boolean;
  /** Inside the branch before it ("then if …"); otherwise beside it, from the same starting point. */
  readonly nested: boolean;
}

export type DecisionOutput = "approved" | "rejected" | "expired";

/** A future node, from one clause. Immutable: the answer to its hole makes another step. */
export interface Step {
  readonly type: NodeType;
  readonly subtype: string;
  /** The node's name; its id comes from it. */
  readonly name: string;
  /** What "it" means after this step: its `output`, the `body` in its output, or ("nothing") the same as before. */
  readonly yields: "output" | "body" | "nothing";
  /** It needs "it". If no step before it yields data, `withoutIt` is asked, or the URL to fetch first. */
  readonly reads: boolean;
  /** All fields of its data; absent if they are not known. */
  readonly fields?: readonly string[] | undefined;
  /** Nouns for its data: "orders". */
  readonly nouns?: readonly string[] | undefined;
  readonly withoutIt?: Hole<Step> | undefined;
  /** The missing value without which the step cannot be drafted. */
  readonly hole?: Hole<Step> | undefined;
  /** Of an HTTP request: its method and its URL, and the same request to another URL. */
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly readdress?: ((url: string) => Step) | undefined;
  /** Of a trigger: the trigger with the schedule that an edit says. `isClear`: a time needs no "at". */
  readonly retime?: ((said: Reading, isClear: boolean) => Step | undefined) | undefined;
  /** One line of the answer, without a full stop: "Fetch https://example.com/orders". */
  sentence(scope: Scope): string;
  configuration(scope: Scope): Configuration;
}

/** A question with the answer true or false about fields of "it". */
export interface Condition {
  /** The person's words, for the answer: "total is over 1000". */
  readonly words: string;
  readonly hole?: Hole<Condition> | undefined;
  /** It compares "status" with a number such as 200. */
  readonly status?: { readonly code: number; readonly negated: boolean; readonly isEquality: boolean } | undefined;
  /** The fields that it compares. */
  readonly fields: readonly string[];
  /** How it treats lists and missing fields, for the answer; empty without such a rule. */
  readonly reading: string;
  /** JSONata without its `{% %}`. */
  expression(scope: Scope): string;
}

/** A missing value that only the person knows. The planner asks for it and never invents it. */
export interface Hole<Filled> {
  /** Names the missing value; becomes the question's id. */
  readonly slot: string;
  readonly question: string;
  /** Suggested answers. */
  readonly options: readonly string[];
  /** Takes the value from the answer; `undefined` if the answer does not contain it. */
  fill(answer: Reading): Filled | undefined;
}

/** The values that an expression can use at one place of the graph, as JSONata paths; absent if there is no such value. */
export interface Scope {
  /** What "it" means here. */
  readonly it?: string | undefined;
  /** Words for "it" that say more than "it". */
  readonly itIs?: string | undefined;
  /** Output of the last HTTP request before it. */
  readonly response?: string | undefined;
  /** The sentence of the next step, for the prompt of an approval. */
  readonly next?: string | undefined;
}

interface Configuration {
  readonly configuration: JsonObject;
  /** JSON Pointers to values of the configuration that a person must still fill in. */
  readonly needsInput?: readonly string[] | undefined;
}

/** Marks a string of the configuration as JSONata. */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}
