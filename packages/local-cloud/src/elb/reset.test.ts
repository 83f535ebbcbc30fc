import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { closeServer, listen } from "../listen.ts";
import { reset } from "./reset.ts";

/** Both ends of a connection. */
async function connection(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer({ allowHalfOpen: true });
  const address = await listen(server, { host: "127.0.0.1", port: 0 });
  onTestFinished(() => closeServer(server));
  const accepted = once(server, "connection");
  const near = connect({ ...address, allowHalfOpen: true });
  await once(near, "connect");
  const [far] = (await accepted) as [Socket];
  onTestFinished(() => void far.destroy());
  return [near, far];
}

test("the peer gets a reset", async () => {
  const [near, far] = await connection();
  const failed = once(far, "error") as Promise<[NodeJS.ErrnoException]>;
  far.resume();
  reset(near);
  expect((await failed)[0].code).toBe("ECONNRESET");
});

test("a connection that is ended in the same tick is closed", async () => {
  const [near] = await connection();
  near.end();
  reset(near);
  await once(near, "close");
  expect(near.destroyed).toBe(true);
});

test("a connection that has sent its FIN is closed", async () => {
  const [near] = await connection();
  near.end();
  await once(near, "finish");
  reset(near);
  await once(near, "close");
  expect(near.destroyed).toBe(true);
});
