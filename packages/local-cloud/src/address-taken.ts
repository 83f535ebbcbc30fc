import { formatHostPort, type HostPort } from "@agent-team/foundation/host-port";
import { AddressTakenError } from "./errors.ts";
import { findPortOwner } from "./port-owner.ts";

/** The advice in the error about a taken address. */
export interface Remedy {
  /** For a message that names the program that listens there. */
  readonly known: string;
  /** For a message that cannot name the program. */
  readonly unknown: string;
}

/**
 * Runs `bind`. EADDRINUSE becomes an `AddressTakenError` that names the address, its purpose, the program that listens there
 * and the remedy. Other errors are thrown unchanged.
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
