/**
 * A deployment into moto, from nothing to nothing, by `deploy.sh` as people run it. Some services of AWS that moto cannot
 * hold are switched off by variables; the mocks of infra/tests cover them.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Moto } from "./moto.ts";
import { type Run, run } from "./program.ts";
import { createTerraform, type Terraform } from "./terraform.ts";

/** What this deployment differs in from the example, and why. Its name does not, so that the guide's commands fit. */
const VARIABLES = {
  project_name: "agent-team",
  environment: "production",
  // Moto has no ElastiCache that Terraform could make.
  create_redis: false,
  redis_url: "rediss://:token@redis.example.com:6379/0",
  // Moto does not list the tags of scalable targets, for which the provider waits for minutes.
  enable_autoscaling: false,
  anthropic_api_key: "sk-anthropic",
  openai_api_key: "sk-openai",
  supabase_secret_key: "secret-key",
  supabase_service_key: "service-key",
  supabase_url: "https://project.supabase.co",
} as const;

const NAME = `${VARIABLES.project_name}-${VARIABLES.environment}`;

export class Deployment implements AsyncDisposable {
  readonly terraform: Terraform;
  readonly #moto: Moto;
  readonly #folder: string;

  private constructor(terraform: Terraform, moto: Moto, folder: string) {
    this.terraform = terraform;
    this.#moto = moto;
    this.#folder = folder;
  }

  /** Nothing is deployed yet. */
  static async prepare(infra: string): Promise<Deployment> {
    const terraform = createTerraform();
    const repository = join(terraform.folder, "repository");
    mkdirSync(repository);
    const folder = terraform.copy(infra, join("repository", "infra"));
    writeFileSync(join(folder, "terraform.tfvars"), toVariables());
    const moto = await Moto.start(terraform.folder);
    return new Deployment(terraform, moto, folder);
  }

  deploy(limitMs: number): Promise<Run> {
    return this.#script(
      ["deploy", "--yes", "--skip-images", "--no-wait", "--allow-dirty", "--image-tag", "0123abc"],
      limitMs,
    );
  }

  destroy(limitMs: number): Promise<Run> {
    return this.#script(["destroy", "--yes", "--confirm", NAME, "--image-tag", "0123abc"], limitMs);
  }

  run(args: readonly string[], limitMs: number): Promise<Run> {
    return this.terraform.run(args, limitMs, { folder: this.#folder, env: this.#env });
  }

  /** One line of a shell, as a document has it, in `infra/`. */
  shell(line: string, limitMs: number): Promise<Run> {
    return run("bash", ["-euo", "pipefail", "-c", line], {
      folder: this.#folder,
      env: { ...this.terraform.env, ...this.#env },
      limitMs,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#moto[Symbol.asyncDispose]();
    this.terraform[Symbol.dispose]();
  }

  get #env(): NodeJS.ProcessEnv {
    return {
      ...this.#moto.env,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      TF_CLI_ARGS_apply: "-no-color",
      TF_CLI_ARGS_destroy: "-no-color",
      TF_CLI_ARGS_plan: "-no-color",
      TF_CLI_ARGS_init: "-no-color",
    };
  }

  #script(args: readonly string[], limitMs: number): Promise<Run> {
    const env = { ...this.terraform.env, ...this.#env };
    // From elsewhere, because people do not always stand in infra/.
    return run("bash", [join(this.#folder, "deploy.sh"), ...args], {
      folder: dirname(this.terraform.folder),
      env,
      limitMs,
    });
  }
}

function toVariables(): string {
  return Object.entries(VARIABLES)
    .map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`)
    .join("");
}
