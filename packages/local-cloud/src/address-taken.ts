import { AddressTakenError } from "./errors.ts";
import { formatHostPort, type HostPort } from "./host-port.ts";
import { findPortOwner } from "./port-owner.ts";

/**
 * Runs `bind`; a taken address becomes an error that says which address, what for, who has it, and `remedy`: what to
 * type instead. Other errors pass unchanged.
 */
export async function explainTakenAddress<T>(
  address: HostPort,
  purpose: string,
  remedy: string,
  bind: () => Promise<T>,
): Promise<T> {
  try {
    return await bind();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EADDRINUSE") throw cause;
    const owner = (await findPortOwner(address.port)) ?? "another program";
    throw new AddressTakenError(`${formatHostPort(address)} (${purpose}) is taken by ${owner}. ${remedy}`, { cause });
  }
}
