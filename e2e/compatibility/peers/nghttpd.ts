/** nghttpd, the server of nghttp2, with an empty folder to serve. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@agent-team/test-support/free-port";

export async function startNghttpd(): Promise<AsyncDisposable & { readonly port: number }> {
  const folder = await mkdtemp(join(tmpdir(), "agent-team-nghttpd-"));
  const port = await freePort();
  const args = ["--no-tls", "--address=127.0.0.1", `--htdocs=${folder}`, String(port)];
  const child = spawn("nghttpd", args, { stdio: ["ignore", "ignore", "inherit"] });
  while (!(await accepts(port))) if (child.exitCode !== null) throw new Error(`nghttpd ended with ${child.exitCode}`);
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const connected = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return connected;
}
