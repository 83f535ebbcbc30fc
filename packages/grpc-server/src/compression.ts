/** Whether answers are compressed, and from which size on, for calls of every protocol. */

import { ConfigError } from "./config-error.ts";

/** Below it gzip saves less than a packet, and costs a call many times its CPU. connect-go and connect-es: 1 KiB. */
export const MIN_GZIP_BYTES = 1_024;

/** @throws ConfigError of one line for another compression than gzip */
export function compressesAnswers(compression: "identity" | "gzip" = "identity"): boolean {
  if (compression !== "identity" && compression !== "gzip")
    throw new ConfigError(`compression: expected identity or gzip, got ${JSON.stringify(compression)}`);
  return compression === "gzip";
}
