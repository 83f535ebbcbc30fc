import { readFileSync } from "node:fs";
import { z } from "zod";

/** A value that workflows use by its name, and that no event and no log line has. */
export interface Secret {
  readonly name: string;
  readonly value: string;
  /** `host` or `host:port`: where it may be sent. Empty: it is sent nowhere, as one that checks signatures. */
  readonly hosts: readonly string[];
}

const NAME = /^[A-Z][A-Z0-9_]{0,63}$/;

/** A shorter value would be found by chance in responses, where its reference takes its place. */
const MIN_CHARACTERS = 8;

const entry = z.strictObject({
  value: z.string().min(MIN_CHARACTERS).max(8_192),
  hosts: z.array(z.string().min(1).toLowerCase()).default([]),
  /** Subjects, or "*" for all. */
  owners: z.array(z.string().min(1)).min(1),
});

const schema = z.record(z.string().regex(NAME), entry);

/** The secrets of an engine, each bound to the owners who may use it and the hosts to which it may go. */
export class Secrets {
  static readonly none: Secrets = new Secrets({});
  readonly #entries: z.output<typeof schema>;

  private constructor(entries: z.output<typeof schema>) {
    this.#entries = entries;
  }

  /** Reads `{"NAME": {"value": …, "hosts": […], "owners": […]}}`; `undefined` for any other text, since an error could repeat a value. */
  static parse(text: string): Secrets | undefined {
    try {
      const read = schema.safeParse(JSON.parse(text));
      return read.success ? new Secrets(read.data) : undefined;
    } catch {
      return undefined; // not JSON; the error of JSON.parse quotes the text
    }
  }

  /** As `parse`, of a file. `undefined` also for one that cannot be read. */
  static readFile(path: string): Secrets | undefined {
    try {
      return Secrets.parse(readFileSync(path, "utf8"));
    } catch {
      return undefined; // the message of the variable names the path
    }
  }

  /** `undefined` for an unknown secret and for one of other owners: a workflow cannot tell them apart. */
  find(name: string, owner: string): Secret | undefined {
    const found = Object.hasOwn(this.#entries, name) ? this.#entries[name] : undefined;
    if (found === undefined || !(found.owners.includes("*") || found.owners.includes(owner))) return undefined;
    return { name, value: found.value, hosts: found.hosts };
  }
}
