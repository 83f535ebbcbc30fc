/** A node id is [a-z][a-z0-9_]{0,62}: 63 characters. This leaves room for a suffix such as "_100". */
const MAX_STEM_LENGTH = 56;

/** Makes ids that are unique within one workflow. */
export class NodeIds {
  readonly #taken = new Set<string>();

  /** "Fetch orders" → `fetch_orders`, then `fetch_orders_2`. A name without Latin letters gives an id from `subtype`. */
  next(name: string, subtype: string): string {
    const stem = slug(name) ?? slug(subtype) ?? "step";
    let id = stem;
    for (let number = 2; this.#taken.has(id); number += 1) id = `${stem}_${number}`;
    this.#taken.add(id);
    return id;
  }
}

function slug(name: string): string | undefined {
  const text = name
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+/, "")
    .slice(0, MAX_STEM_LENGTH)
    .replace(/_+$/, "");
  return text === "" ? undefined : text;
}
