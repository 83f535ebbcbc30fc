/** An AWS on this machine that remembers what it is told and runs nothing: https://docs.getmoto.org. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { systemClock } from "@agent-team/foundation/clock";
import { OneAtATime } from "./one-at-a-time.ts";
import { endGroup, start } from "./program.ts";

const START_LIMIT_MS = 30_000;

export class Moto implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #entrance: OneAtATime;

  private constructor(child: ChildProcess, entrance: OneAtATime) {
    this.#child = child;
    this.#entrance = entrance;
  }

  /** @throws Error when it does not listen within 30 s */
  static async start(program: string, folder: string): Promise<Moto> {
    const port = await freePort();
    const child = start(program, ["-H", "127.0.0.1", "-p", String(port)], { folder });
    try {
      await listening(child);
    } catch (error) {
      endGroup(child);
      throw error;
    }
    return new Moto(child, await OneAtATime.before(port));
  }

  /** What leads Terraform and the command line here, and nowhere else, without a change in any file. */
  get env(): NodeJS.ProcessEnv {
    return {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${this.#entrance.port}`,
      AWS_ACCESS_KEY_ID: "moto",
      AWS_SECRET_ACCESS_KEY: "moto",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_PAGER: "",
      NO_PROXY: "127.0.0.1",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed =
      this.#child.exitCode === null && this.#child.signalCode === null ? once(this.#child, "close") : undefined;
    this.#entrance[Symbol.dispose]();
    endGroup(this.#child);
    await closed;
  }
}

/** It says on which address it runs once it does. */
async function listening(child: ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = "";
  const hear = (text: string): void => {
    said += text;
    if (said.includes("Running on")) resolve();
  };
  child.stdout?.setEncoding("utf8").on("data", hear);
  child.stderr?.setEncoding("utf8").on("data", hear);
  child.once("error", reject);
  child.once("close", () => reject(new Error(`moto_server ended: ${said}`)));
  const limit = systemClock.setTimer(START_LIMIT_MS, () => reject(new Error(`moto_server did not start: ${said}`)));
  try {
    await promise;
  } finally {
    limit.cancel();
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
