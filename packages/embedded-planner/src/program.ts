import type { NodeType } from "@agent-team/contracts";
import type { JsonObject } from "@bufbuild/protobuf";
import type { Reading } from "./reading.ts";

/**
 * What was understood of a request: a trigger, and what follows in reading order. Flat on purpose: branches are
 * markers between the steps, as they are in the sentence, and `graph.ts` turns them into edges.
 */
export interface Program {
  readonly trigger: Step;
  readonly items: readonly Item[];
  /** Words that found no place, in reading order. While there are any, nothing is drafted. */
  readonly leftovers: readonly Leftover[];
  /** Leftovers that the person decided to do without. */
  readonly leftOut: readonly string[];
}

/** Words of a message that stand in no node and in no question. */
export interface Leftover {
  /** As they were written. */
  readonly words: string;
  /** Why they cannot be placed although they are known: "it may …, or …". */
  readonly why?: string | undefined;
  /**
   * They change what other words mean (a condition, a time, a limit, a loop): the request cannot be drafted without
   * them. Other leftovers are a thing to do that a person may decide to do without.
   */
  readonly binding: boolean;
}

export type Item =
  | StepItem
  | BranchItem
  /** What follows hangs on the person's decision at the last approval. */
  | { readonly kind: "decision"; readonly output: DecisionOutput }
  /** What follows is for the other case of the innermost branch. */
  | { readonly kind: "otherwise" }
  /** What follows happens in both cases. */
  | { readonly kind: "join" };

export interface StepItem {
  readonly kind: "step";
  readonly step: Step;
  /** It follows a branch, and may belong to it or not. */
  readonly isUnsure: boolean;
}

/** What follows happens only if `condition` holds, or does not hold when `negated`. */
export interface BranchItem {
  readonly kind: "if";
  readonly condition: Condition;
  readonly negated: boolean;
  /** Inside the branch before it ("then if …"); otherwise beside it, from the same starting point. */
  readonly nested: boolean;
}

export type DecisionOutput = "approved" | "rejected" | "expired";

/** One node to be, as one clause described it. Immutable: an answer to its hole makes another step. */
export interface Step {
  readonly type: NodeType;
  readonly subtype: string;
  /** What people read, and what the node's id is made of. */
  readonly name: string;
  /** What "it" means afterwards: this step's `output`, the `body` inside it, or what it meant before. */
  readonly yields: "output" | "body" | "nothing";
  /** It works on "it". Where nothing has yielded yet, `withoutIt` is asked, or what to fetch first. */
  readonly reads: boolean;
  /** The only fields of what it yields; absent where they are not known. */
  readonly fields?: readonly string[] | undefined;
  /** Nouns that mean what it yields: "orders". */
  readonly nouns?: readonly string[] | undefined;
  readonly withoutIt?: Hole<Step> | undefined;
  /** What is missing before the step can be drafted. */
  readonly hole?: Hole<Step> | undefined;
  /** For the answer: "Fetch https://example.com/orders". No full stop. */
  sentence(scope: Scope): string;
  configuration(scope: Scope): Configuration;
}

/** A yes-or-no over a field of "it". */
export interface Condition {
  /** The person's words, for the answer: "total is over 1000". */
  readonly words: string;
  readonly hole?: Hole<Condition> | undefined;
  /** It compares "status" with a number such as 200. */
  readonly status?: { readonly code: number; readonly negated: boolean; readonly isEquality: boolean } | undefined;
  /** The fields that it compares. */
  readonly fields: readonly string[];
  /** What it makes of lists and of a missing field, for the answer; empty when there is nothing to say. */
  readonly reading: string;
  /** JSONata without its `{% %}`. */
  expression(scope: Scope): string;
}

/** Something only the person can say. It is asked for, never invented. */
export interface Hole<Filled> {
  /** Names the missing value; becomes the question's id. */
  readonly slot: string;
  readonly question: string;
  /** Suggested answers. */
  readonly options: readonly string[];
  /** Takes the value from the answer; `undefined` when the answer does not say it. */
  fill(answer: Reading): Filled | undefined;
}

/** What an expression can name at one place of the graph, as JSONata paths; absent when there is no such thing. */
export interface Scope {
  /** What "it" means here. */
  readonly it?: string | undefined;
  /** Output of the HTTP request before. */
  readonly response?: string | undefined;
  /** What the next step does, in words; an approval asks for that. */
  readonly next?: string | undefined;
}

interface Configuration {
  readonly configuration: JsonObject;
  /** JSON Pointers into the configuration that a person has still to fill. */
  readonly needsInput?: readonly string[] | undefined;
}

/** Marks a string of the configuration as JSONata. */
export function jsonata(expression: string): string {
  return `{% ${expression} %}`;
}
