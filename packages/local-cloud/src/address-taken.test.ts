import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { explainTakenAddress } from "./address-taken.ts";
import { closeServer, listen } from "./listen.ts";

const REMEDY = { known: "Stop it.", unknown: "Choose another port." };

test("a process that listens on the same port of another address is not named as the owner", async () => {
  const bystander = createServer();
  const { port } = await listen(bystander, { host: "127.0.0.2", port: 0 });
  onTestFinished(() => closeServer(bystander));
  const taken = Object.assign(new Error("bind EADDRINUSE"), { code: "EADDRINUSE" });

  const bind = explainTakenAddress({ host: "127.0.0.1", port }, "the gateway", REMEDY, () => Promise.reject(taken));

  await expect(bind).rejects.toThrow(
    `127.0.0.1:${port} (the gateway) is taken by another program. Choose another port.`,
  );
});
