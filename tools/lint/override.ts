import type { OxlintConfig } from "oxlint";

/** One entry of `overrides`: rules for the files that match. */
export type Override = NonNullable<OxlintConfig["overrides"]>[number];

/** Rules by name, with their options. */
export type Rules = NonNullable<Override["rules"]>;

/** An import that some files may not make, and what to do instead. */
export interface ImportRestriction {
  /** Matches the specifier as it is written. Rust's syntax: no look-ahead. */
  readonly regex: string;
  /** Names that may be imported all the same. */
  readonly allowImportNames?: string[];
  /** What is imported as a type is not there at run time, and may be. */
  readonly allowTypeImports?: boolean;
  readonly message: string;
}

/**
 * Refuses imports in some files.
 *
 * The last override that matches a file replaces a rule's options, it does not add to them: so each call states the
 * whole list for its files, and the wide globs stand before the narrow ones.
 */
export function restrictImports(files: readonly string[], restrictions: readonly ImportRestriction[]): Override {
  return { files: [...files], rules: { "no-restricted-imports": ["error", { patterns: [...restrictions] }] } };
}
