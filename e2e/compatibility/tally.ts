/** What a run has seen: rows of four tables. */

import type { CaseResult } from "./client.ts";

/** One peer with one transport, one runtime with one way, or one client of a page with one HTTP: a result for each case. */
export interface CaseRow {
  readonly name: string;
  readonly version: string;
  readonly transport: string;
  readonly cases: readonly CaseResult[];
}

/** One stub. */
export interface StubRow {
  readonly name: string;
  readonly versions: string;
  readonly types: "compiled" | "failed";
  readonly error: string | undefined;
}

interface Skip {
  readonly what: string;
  readonly reason: string;
}

export class Tally {
  readonly peers: CaseRow[] = [];
  readonly browsers: CaseRow[] = [];
  readonly runtimes: CaseRow[] = [];
  readonly stubs: StubRow[] = [];
  readonly skipped: Skip[] = [];
  readonly failures: string[] = [];
  #passed = 0;
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  get line(): string {
    return `${this.#passed} passed, ${this.failures.length} failed, ${this.skipped.length} skipped`;
  }

  addCases(table: "browsers" | "peers" | "runtimes", row: CaseRow): void {
    this[table].push(row);
    const failed = row.cases.filter(({ error }) => error !== undefined);
    this.#passed += row.cases.length - failed.length;
    const where = `${row.name} (${row.version}), ${row.transport}`;
    this.#print(
      `${failed.length === 0 ? "ok    " : "FAILED"} ${where}: ${row.cases.length - failed.length} of ${row.cases.length} cases`,
    );
    for (const { name, error } of failed) this.#fail(`${where}: ${name}: ${error}`);
  }

  addStub(row: StubRow): void {
    this.stubs.push(row);
    if (row.error === undefined) this.#passed++;
    this.#print(`${row.error === undefined ? "ok    " : "FAILED"} ${row.name} (${row.versions})`);
    if (row.error !== undefined) this.#fail(`${row.name}: ${row.error}`);
  }

  skip(what: string, reason: string): void {
    this.skipped.push({ what, reason });
  }

  #fail(what: string): void {
    this.failures.push(what);
    this.#print(`       ${what}`);
  }
}
