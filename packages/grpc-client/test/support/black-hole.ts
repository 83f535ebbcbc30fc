/**
 * An address that drops SYNs, like that of a dead task: a listener with a blocked thread and a full backlog. A connect neither
 * succeeds nor fails until the kernel gives up after two minutes.
 */

import * as net from "node:net";
import { Worker } from "node:worker_threads";
import { turns } from "./until.ts";

/** Listens, posts its port, and blocks its thread. */
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

/** Connects until a connection does not complete. How many the kernel admits depends on the kernel. */
async function fillBacklog(host: string, port: number): Promise<net.Socket[]> {
  const fillers: net.Socket[] = [];
  for (let i = 0; i < 16; i++) {
    const filler = net.connect({ host, port });
    filler.on("error", () => {}); // it may fail at the end
    fillers.push(filler);
    await turns(500);
    if (filler.connecting) return fillers;
  }
  throw new Error(`16 connections to ${host}:${port} were accepted: its backlog does not fill up`);
}
