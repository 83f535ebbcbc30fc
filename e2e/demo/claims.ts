/** Prints the lines of the demo, and counts its claims and those that are false. */
export class Claims {
  #made = 0;
  #failed = 0;

  get allHold(): boolean {
    return this.#made > 0 && this.#failed === 0;
  }

  chapter(title: string): void {
    console.log(`\n${title}\n`);
  }

  say(line: string): void {
    console.log(`  ${line}`);
  }

  /** Prints a claim, with a mark for whether it holds. */
  claim(line: string, holds: boolean): void {
    this.#made++;
    if (!holds) this.#failed++;
    console.log(`  ${holds ? "✓" : "✗ NOT TRUE:"} ${line}`);
  }

  summary(): string {
    return this.allHold ? `All ${this.#made} claims hold.` : `${this.#failed} of ${this.#made} claims do not hold.`;
  }
}
