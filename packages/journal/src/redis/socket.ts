import { connect as connectPlain, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { AbstractConnector } from "ioredis";
import type { RedisTarget } from "./url.ts";

/** PEM of the authorities that are trusted instead of Node's own. */
export interface Trust {
  readonly ca?: string | undefined;
}

/** How ioredis gets a socket: for its option `Connector`. */
export function connectorTo(target: RedisTarget, trust: Trust): new () => SocketConnector {
  return class extends SocketConnector {
    constructor() {
      super(target, trust);
    }
  };
}

/**
 * Makes the one socket of a session. It replaces ioredis's own connector for two reasons: that one listens only to the
 * first error of a socket, and TLS may raise a second one (an alert for a handshake that we aborted), which would end the
 * process; and it waits for the peer's end with its own timer, while this one destroys the socket.
 */
class SocketConnector extends AbstractConnector {
  readonly #target: RedisTarget;
  readonly #trust: Trust;

  constructor(target: RedisTarget, trust: Trust) {
    super(0);
    this.#target = target;
    this.#trust = trust;
  }

  connect(): Promise<Socket> {
    const { host, port, tls } = this.#target;
    const socket = tls ? connectTls({ host, port, ...this.#trust }) : connectPlain({ host, port });
    socket.on("error", (error) => {
      this.firstError ??= error;
    });
    this.connecting = true;
    this.stream = socket;
    return Promise.resolve(socket);
  }

  override disconnect(): void {
    this.connecting = false;
    this.stream.destroy();
  }
}
