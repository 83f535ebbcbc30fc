/**
 * An address that swallows SYNs, as a dead task's does: a listener whose thread is blocked and whose backlog is full.
 * Connecting to it neither succeeds nor fails, until the kernel gives up after two minutes.
 */

import * as net from "node:net";
import { Worker } from "node:worker_threads";
import { turns } from "./until.ts";

/** Binds, tells the port, and never looks at its sockets again. */
const LISTENER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const server = require("node:net").createServer();
  server.listen({ host: workerData, port: 0, backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  });
`;

export interface BlackHole extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
}

export async function blackHole(host = "127.0.0.1"): Promise<BlackHole> {
  const worker = new Worker(LISTENER, { eval: true, workerData: host });
  const port = await new Promise<number>((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
  const fillers = await fillBacklog(host, port);
  return {
    host,
    port,
    async [Symbol.asyncDispose]() {
      for (const filler of fillers) filler.destroy();
      await worker.terminate();
    },
  };
}

/** Connects until one connection does not come about any more. How many the kernel admits is its own affair. */
async function fillBacklog(host: string, port: number): Promise<net.Socket[]> {
  const fillers: net.Socket[] = [];
  for (let i = 0; i < 16; i++) {
    const filler = net.connect({ host, port });
    filler.on("error", () => {}); // its fate does not matter
    fillers.push(filler);
    await turns(500);
    if (filler.connecting) return fillers;
  }
  throw new Error(`16 connections to ${host}:${port} were accepted: its backlog does not fill up`);
}
