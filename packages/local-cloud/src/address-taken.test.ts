import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { explainTakenAddress } from "./address-taken.ts";
import { closeServer, listen } from "./listen.ts";

const remedy = { known: "Stop it.", unknown: "Choose another port." };

test("a taken address whose owner the system does not show is not blamed on a process with the same port elsewhere", async () => {
  const bystander = createServer();
  const { port } = await listen(bystander, { host: "127.0.0.2", port: 0 });
  onTestFinished(() => closeServer(bystander));
  const taken = Object.assign(new Error("bind EADDRINUSE"), { code: "EADDRINUSE" });

  const bind = explainTakenAddress({ host: "127.0.0.1", port }, "the gateway", remedy, () => Promise.reject(taken));

  await expect(bind).rejects.toThrow(
    `127.0.0.1:${port} (the gateway) is taken by another program. Choose another port.`,
  );
});
