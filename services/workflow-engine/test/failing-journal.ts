import { type Journal, JournalError } from "@agent-team/journal";

export interface Failure {
  /** Index of the command that fails, from 0. */
  readonly at: number;
  /** Whether the store has carried the command out: then only its answer is lost. */
  readonly isDone: boolean;
  /** Whether every later command fails as well, because the process has died. */
  readonly isEnd: boolean;
}

/** A journal that fails at one command, and `commands()`: how many commands were given to it. */
export function failingJournal(store: Journal, failure: Failure): { journal: Journal; commands(): number } {
  let commands = 0;
  const journal = new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return async (...given: readonly unknown[]) => {
        const index = commands++;
        if (failure.isEnd && index > failure.at) throw new JournalError("closed", "this process has died");
        const call = (): unknown => Reflect.apply(member, target, given);
        if (index !== failure.at) return call();
        if (failure.isDone) await call();
        throw new JournalError("unavailable", "no answer");
      };
    },
  });
  return { journal, commands: () => commands };
}
