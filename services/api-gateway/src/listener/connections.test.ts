import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Connections } from "./connections.ts";

/** The part of a socket that the limits use. */
class Peer extends EventEmitter {
  readonly remoteAddress: string;
  destroyed = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function connect(address: string): Peer & Socket {
  return new Peer(address) as Peer & Socket;
}

test("at the limit of an address its oldest silent connection is closed", () => {
  const connections = new Connections({ max: 10, maxPerAddress: 2 });
  const [first, second, third, other] = [connect("a"), connect("a"), connect("a"), connect("b")];

  expect([first, second, third, other].map((socket) => connections.admit(socket))).toEqual([true, true, true, true]);
  expect([first, second, third, other].map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
});

test("a silent connection is closed before one that is idle between two requests", () => {
  const connections = new Connections({ max: 2, maxPerAddress: 2 });
  const [idle, silent] = [connect("a"), connect("b")];
  connections.admit(idle);
  connections.didStartRequest(idle);
  connections.didEndRequest(idle);
  connections.admit(silent);

  expect(connections.admit(connect("c"))).toBe(true);
  expect([idle.destroyed, silent.destroyed]).toEqual([false, true]);
});

test("a connection with a request in flight stays open, and a new one is refused", () => {
  const connections = new Connections({ max: 2, maxPerAddress: 2 });
  const busy = [connect("a"), connect("b")];
  for (const socket of busy) {
    connections.admit(socket);
    connections.didStartRequest(socket);
  }

  expect(connections.admit(connect("c"))).toBe(false);
  expect(busy.map(({ destroyed }) => destroyed)).toEqual([false, false]);
});

test("a pipelining connection is idle only after its last response", () => {
  const connections = new Connections({ max: 1, maxPerAddress: 1 });
  const socket = connect("a");
  connections.admit(socket);
  connections.didStartRequest(socket);
  connections.didStartRequest(socket);
  connections.didEndRequest(socket);
  expect(connections.admit(connect("b"))).toBe(false);

  connections.didEndRequest(socket);
  expect(connections.admit(connect("b"))).toBe(true);
});

test("a closed connection makes room for another, however it closed", () => {
  const connections = new Connections({ max: 1, maxPerAddress: 1 });
  for (let round = 0; round < 3; round += 1) {
    const socket = connect("a");
    expect(connections.admit(socket)).toBe(true);
    connections.didStartRequest(socket);
    socket.destroy();
    connections.didEndRequest(socket);
  }
});
