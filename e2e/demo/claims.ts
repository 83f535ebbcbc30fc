/** Writes what happens, and keeps count of what was claimed and was not true. */
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

  /** A line that is only true if `holds` is. */
  claim(line: string, holds: boolean): void {
    this.#made++;
    if (!holds) this.#failed++;
    console.log(`  ${holds ? "✓" : "✗ NOT TRUE:"} ${line}`);
  }

  summary(): string {
    return this.allHold ? `All ${this.#made} claims hold.` : `${this.#failed} of ${this.#made} claims do not hold.`;
  }
}
