import { AddressTakenError } from "./errors.ts";
import { formatHostPort, type HostPort } from "./host-port.ts";
import { findPortOwner } from "./port-owner.ts";

/** What to do about a taken address. */
export interface Remedy {
  /** When the message names the program that has it. */
  readonly known: string;
  /** When it cannot be named. */
  readonly unknown: string;
}

/**
 * Runs `bind`; a taken address becomes an error that says which address, what for, which program has it, and what to do.
 * Other errors pass unchanged.
 */
export async function explainTakenAddress<T>(
  address: HostPort,
  purpose: string,
  remedy: Remedy,
  bind: () => Promise<T>,
): Promise<T> {
  try {
    return await bind();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    const owner = await findPortOwner(address);
    const what = `${formatHostPort(address)} (${purpose}) is taken by ${owner ?? "another program"}`;
    throw new AddressTakenError(`${what}. ${owner === undefined ? remedy.unknown : remedy.known}`, { cause });
  }
}
