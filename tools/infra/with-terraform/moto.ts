/** An AWS on this machine that remembers what it is told and runs nothing: https://docs.getmoto.org. */

import { MotoServer } from "@agent-team/test-support/moto-server";
import { OneAtATime } from "./one-at-a-time.ts";

export class Moto implements AsyncDisposable {
  readonly #server: MotoServer;
  readonly #entrance: OneAtATime;

  private constructor(server: MotoServer, entrance: OneAtATime) {
    this.#server = server;
    this.#entrance = entrance;
  }

  /** `folder` is its working directory. @throws Error when it does not listen within 30 s. */
  static async start(folder: string): Promise<Moto> {
    const server = await MotoServer.start(folder);
    return new Moto(server, await OneAtATime.before(server.port));
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
    this.#entrance[Symbol.dispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}
