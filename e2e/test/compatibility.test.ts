/** gRPC's interoperability cases against each server that this machine has, over both transports. */

import { afterAll, beforeAll, describe, test } from "vitest";
import { CASES, type Subject } from "../compatibility/cases.ts";
import { PEERS, type RunningPeer } from "../compatibility/peers/peers.ts";
import { TRANSPORTS } from "../compatibility/run-peer.ts";
import { openSubject } from "../compatibility/subject.ts";

describe.each(PEERS.map((peer) => [peer.name, peer] as const))("%s", (_, peer) => {
  let running: RunningPeer;
  beforeAll(async () => {
    if (peer.absent === undefined) running = await peer.start();
  });
  afterAll(() => running?.[Symbol.asyncDispose]());

  describe.each(TRANSPORTS)("over %s", (transport) => {
    let subject: Subject & AsyncDisposable;
    beforeAll(() => {
      if (peer.absent === undefined) subject = openSubject({ ...running.way, transport });
    });
    afterAll(() => subject?.[Symbol.asyncDispose]());

    test.each(peer.only ?? Object.keys(CASES))("%s", async (name) => {
      await CASES[name]?.(subject);
    });
    test.beforeEach(({ skip }) => skip(peer.absent !== undefined, peer.absent));
  });
});
