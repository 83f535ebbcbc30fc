import type { Connection, Transport } from "@agent-team/grpc-client";

/** A transport without sockets, whose connections are ready in the next microtask. */
export const readyAtOnce: Transport = {
  connect(_endpoint, listener): Connection {
    queueMicrotask(() => listener.onReady());
    let isOpen = true;
    const close = (): void => {
      if (isOpen) queueMicrotask(() => listener.onClose(undefined));
      isOpen = false;
    };
    return {
      peerSettings: { maxConcurrentStreams: 1_000, maxHeaderListBytes: 65_536 },
      lastReceivedMs: 0,
      openStreams: 0,
      openCalls: 0,
      responses: 0,
      hasRoom: true,
      open: () => undefined,
      ping: () => true,
      drain: close,
      destroy: close,
    };
  },
};
