import type { Channel } from "@agent-team/grpc-client";
import type { Logger } from "../logger.ts";

/** Logs what becomes of a channel's replaced certificates, with the service that the channel calls as `target`. */
export function logCertificates(channel: Pick<Channel, "on">, target: string, logger: Logger): void {
  channel.on((event) => {
    if (event.type === "certificates-renewed") logger.info({ target }, "the client's certificates were replaced");
    else if (event.type === "certificates-refused") {
      const { reason } = event;
      logger.error({ target, reason }, "changed certificates cannot be used: the old ones stay in use");
    } else if (event.type === "recycle-failed") {
      const { endpoint, error } = event;
      logger.warn({ target, endpoint, err: error }, "a connection could not be replaced: the old one stays in use");
    }
  });
}
