/** The readers of `many-readers.ts`, in a process of their own: what they cost delays neither the services nor the judge. */

import { answerParent, argumentOf } from "../process/answer.ts";
import { type Answer, ask, faultsOf, REQUEST } from "./answer.ts";

export interface ReadersArgument {
  /** Of the gateway. */
  readonly url: string;
}

/** `turns`: so many turns, one after the other. `begin`, once, and then `crowd`: one turn with some readers, and then with many more. */
export type ReadersQuestion =
  | { readonly kind: "turns"; readonly turns: number }
  | { readonly kind: "begin"; readonly readers: number }
  | { readonly kind: "crowd"; readonly readers: number };

export interface TurnsAnswer {
  readonly firstEventMs: readonly number[];
}

export interface CrowdAnswer {
  /** That have had the whole answer, or a part of it. */
  readonly readers: number;
  readonly violations: readonly string[];
}

interface Begun {
  readonly whole: Answer;
  readonly first: readonly Promise<Answer>[];
}

const CONVERSATION = "read";
const { url } = argumentOf<ReadersArgument>();
let turns = 0;
let begun: Begun | undefined;

answerParent<ReadersQuestion>(async (question) => {
  switch (question.kind) {
    case "turns":
      return await askInTurns(question.turns);
    case "begin":
      return void (begun = await begin(question.readers));
    case "crowd":
      return await crowd(question.readers);
    default:
      return question satisfies never;
  }
});

async function askInTurns(count: number): Promise<TurnsAnswer> {
  const firstEventMs: number[] = [];
  for (let turn = 0; turn < count; turn++) firstEventMs.push((await ask(url, `turn-${turns++}`)).firstEventMs);
  return { firstEventMs };
}

/** Resolves when the turn is under way for each of its readers. */
async function begin(readers: number): Promise<Begun> {
  const whole = await ask(url, "undisturbed");
  const first = Array.from({ length: readers }, () => {
    const underWay = Promise.withResolvers<void>();
    const onEvent = (sequence: number): void => void (sequence === 2 && underWay.resolve());
    const answer = ask(url, CONVERSATION, { requestId: "1", onEvent });
    return { answer, underWay: Promise.race([underWay.promise, answer]) };
  });
  await Promise.all(first.map(({ underWay }) => underWay));
  return { whole, first: first.map(({ answer }) => answer) };
}

async function crowd(readers: number): Promise<CrowdAnswer> {
  if (begun === undefined) throw new Error("expected `begin` before `crowd`");
  const { whole, first } = begun;
  const silent = new AbortController();
  void readNothing(silent.signal);
  const others = Array.from({ length: readers }, () => ask(url, CONVERSATION, { requestId: "1" }));
  const answers = await Promise.all([...first, ...others]);
  silent.abort();
  const names = { of: CONVERSATION, whole: "undisturbed" };
  return { readers: answers.length, violations: answers.flatMap((answer) => faultsOf(answer, whole, names)) };
}

async function readNothing(signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ message: REQUEST, request_id: "1" });
  const headers = { "content-type": "application/json" };
  await fetch(`${url}/v1/conversations/${CONVERSATION}/messages`, { method: "POST", headers, body, signal }).catch(
    () => {},
  );
}
