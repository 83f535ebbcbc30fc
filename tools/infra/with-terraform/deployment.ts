/** A deployment to moto (https://docs.getmoto.org), made and removed by `deploy.sh`. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { MotoServer } from "@agent-team/test-support/moto-server";
import { OneAtATime } from "./one-at-a-time.ts";
import { type Run, run } from "./program.ts";
import { Workspace } from "./terraform.ts";

/** The differences from the example. The name is the same, so that the guides' commands fit. */
const VARIABLES = {
  project_name: "agent-team",
  environment: "production",
  // Terraform cannot make moto's ElastiCache. The mocks of infra/tests cover it.
  create_redis: false,
  redis_url: "rediss://:token@redis.example.com:6379/0",
  // The provider waits for minutes for the tags of scalable targets, which moto does not list.
  enable_autoscaling: false,
  anthropic_api_key: "sk-anthropic",
  openai_api_key: "sk-openai",
  supabase_secret_key: "secret-key",
  supabase_service_key: "service-key",
  supabase_url: "https://project.supabase.co",
} as const;

/** With the endpoint these lead Terraform and the AWS CLI to moto, and to no account of this machine. */
const AWS = {
  AWS_REGION: "us-east-1",
  AWS_DEFAULT_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "moto",
  AWS_SECRET_ACCESS_KEY: "moto",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_PAGER: "",
  NO_PROXY: "127.0.0.1",
} as const;

const NAME = `${VARIABLES.project_name}-${VARIABLES.environment}`;

export class Deployment implements AsyncDisposable {
  readonly #workspace: Workspace;
  readonly #moto: MotoServer;
  readonly #proxy: OneAtATime;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(workspace: Workspace, moto: MotoServer, proxy: OneAtATime) {
    this.#workspace = workspace;
    this.#moto = moto;
    this.#proxy = proxy;
    const commands = ["apply", "destroy", "plan"].map((command) => [`TF_CLI_ARGS_${command}`, "-no-color"]);
    const endpoint = { AWS_ENDPOINT_URL: `http://127.0.0.1:${proxy.port}` };
    this.#env = { ...workspace.env, ...AWS, ...endpoint, ...Object.fromEntries(commands) };
  }

  /** Nothing is deployed yet. */
  static async prepare(infra: string): Promise<Deployment> {
    const workspace = new Workspace(infra);
    const values = Object.entries(VARIABLES).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
    writeFileSync(join(workspace.infra, "terraform.tfvars"), values.join(""));
    const moto = await MotoServer.start(workspace.folder);
    return new Deployment(workspace, moto, await OneAtATime.before(moto.port));
  }

  deploy(limitMs: number): Promise<Run> {
    const args = ["deploy", "--yes", "--skip-images", "--no-wait", "--allow-dirty", "--image-tag", "0123abc"];
    return this.#script(args, limitMs);
  }

  destroy(limitMs: number): Promise<Run> {
    return this.#script(["destroy", "--yes", "--confirm", NAME, "--image-tag", "0123abc"], limitMs);
  }

  terraform(args: readonly string[], limitMs: number): Promise<Run> {
    return this.#workspace.terraform(args, limitMs, this.#env);
  }

  /** Runs one line of a document in `infra/`. */
  shell(line: string, limitMs: number): Promise<Run> {
    return run("bash", ["-euo", "pipefail", "-c", line], { folder: this.#workspace.infra, env: this.#env, limitMs });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#proxy[Symbol.dispose]();
    await this.#moto[Symbol.asyncDispose]();
  }

  /** In another folder than `infra/`, as users may do. */
  #script(args: readonly string[], limitMs: number): Promise<Run> {
    const script = join(this.#workspace.infra, "deploy.sh");
    return run("bash", [script, ...args], { folder: this.#workspace.folder, env: this.#env, limitMs });
  }
}
