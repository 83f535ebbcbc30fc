/** Which fields an encoder inserts into its dynamic table. */

/** The three literals of RFC 7541 6.2. */
export type Literal = "indexed" | "not-indexed" | "never-indexed";

/** Chooses the literal of a field that is not in the tables. */
export interface Indexing {
  /** `nameIsKnown`: an entry has the name. `hasRoom`: inserting the field evicts no other. */
  choose(name: string, value: string, nameIsKnown: boolean, hasRoom: boolean): Literal;
}

/**
 * For the constant fields of a method. They are inserted while there is room, and nothing is ever evicted for them: with more methods
 * than room, evictions would change the indices on every call, and no block could be kept.
 */
export const INDEX_CONSTANTS: Indexing = {
  choose: (name, value, _nameIsKnown, hasRoom) => {
    if (isSensitive(name, value)) return "never-indexed";
    return hasRoom ? "indexed" : "not-indexed";
  },
};

/** Names that are remembered. Calls with more kinds of metadata are rare, and the rest costs only bytes. */
const MAX_NAMES = 32;

/** Values of one name that are inserted: a constant that changes once, not a counter that shows each number twice. */
const MAX_VALUES_PER_NAME = 2;

/** An eighth of the default table. A larger field would take the room of several methods. */
const MAX_INDEXED_CHARS = 512;

/**
 * For the fields that a call adds. A name is inserted when it comes again, with the value that it has then; after that a field is
 * inserted when it repeats the last value of its name. So a trace id costs its value in each call, and does not fill the table.
 */
export class IndexRepeated implements Indexing {
  /** Made for the first field: most connections have none that is not a constant. */
  #seen: Map<string, { value: string; inserted: number }> | undefined;

  choose(name: string, value: string, nameIsKnown: boolean, hasRoom: boolean): Literal {
    if (isSensitive(name, value)) return "never-indexed";
    if (!hasRoom || name.length + value.length > MAX_INDEXED_CHARS) return "not-indexed";
    const known = (this.#seen ??= new Map());
    const seen = known.get(name);
    if (seen === undefined) {
      if (known.size < MAX_NAMES) known.set(name, { value, inserted: 0 });
      return "not-indexed";
    }
    const isWorthIt = !nameIsKnown || (seen.value === value && seen.inserted < MAX_VALUES_PER_NAME);
    seen.value = value;
    if (!isWorthIt) return "not-indexed";
    seen.inserted++;
    return "indexed";
  }
}

/** Credentials. */
const SENSITIVE: ReadonlySet<string> = new Set(["authorization", "proxy-authorization", "x-api-key"]);

/** A cookie with fewer characters can be guessed. */
const MIN_COOKIE_CHARS = 20;

/**
 * RFC 7541 7.1.3: "An encoder might … choose not to index values for header fields that are considered to be highly valuable or
 * sensitive to recovery, such as the Cookie or Authorization header fields."
 */
function isSensitive(name: string, value: string): boolean {
  return SENSITIVE.has(name) || (name === "cookie" && value.length < MIN_COOKIE_CHARS);
}
