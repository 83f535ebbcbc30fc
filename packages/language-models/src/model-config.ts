import { ConfigError, choice, durationMs, optional, type ShapeOf, text, url, variable } from "@agent-team/grpc-server";
import type { Patience } from "./patience.ts";

/** In the order of `LLM_PROVIDER=auto`. */
const PROVIDERS = ["openai", "anthropic"] as const;

export type Provider = (typeof PROVIDERS)[number];

/** Variables about language models, of each service that asks them. */
export interface ModelConfig {
  /**
   * `auto`: each provider that has a key, OpenAI first. `embedded`: no model. Or a list of providers in the order in which
   * they are asked. What the service does without a model is done when no model answers. Default `auto`.
   */
  readonly LLM_PROVIDER: "auto" | "embedded" | readonly Provider[];
  /** The key of OpenAI or of a compatible server. Default: absent, and the provider is not used. */
  readonly OPENAI_API_KEY: string | undefined;
  /** Address of a compatible server, with its `/v1`. Default: OpenAI's. */
  readonly OPENAI_BASE_URL: string | undefined;
  readonly OPENAI_MODEL: string;
  /** Which of OpenAI's APIs the server speaks. Default: `responses`, and `chat` for another server than OpenAI's. */
  readonly OPENAI_API: "responses" | "chat" | undefined;
  /** The key of Anthropic. Default: absent, and the provider is not used. */
  readonly ANTHROPIC_API_KEY: string | undefined;
  /** Address of a compatible server. Default: Anthropic's. */
  readonly ANTHROPIC_BASE_URL: string | undefined;
  readonly ANTHROPIC_MODEL: string;
  /** How long a model may take to its first token, in ms. Default 30,000. */
  readonly LLM_FIRST_TOKEN_MS: number;
  /** How long a model may pause within an answer, in ms. Default 15,000. */
  readonly LLM_IDLE_MS: number;
}

/** Schemas of the variables. The default models are the small ones: they answer soon, and the engine's check catches their slips. */
export const modelConfigShape: ShapeOf<ModelConfig> = {
  LLM_PROVIDER: variable(`expected auto, embedded, or a list of ${PROVIDERS.join(", ")}`, parseProviders).default(
    "auto",
  ),
  OPENAI_API_KEY: optional(text()),
  OPENAI_BASE_URL: optional(url(["http", "https"], "http://127.0.0.1:11434/v1")),
  OPENAI_MODEL: text("gpt-5.4-mini"),
  OPENAI_API: optional(choice(["responses", "chat"])),
  ANTHROPIC_API_KEY: optional(text()),
  ANTHROPIC_BASE_URL: optional(url(["http", "https"], "https://api.anthropic.com")),
  ANTHROPIC_MODEL: text("claude-haiku-4-5"),
  LLM_FIRST_TOKEN_MS: durationMs(30_000),
  LLM_IDLE_MS: durationMs(15_000),
};

function parseProviders(value: string): ModelConfig["LLM_PROVIDER"] | undefined {
  if (value === "auto" || value === "embedded") return value;
  const names = value.split(",").map((name) => name.trim());
  const providers = PROVIDERS.filter((provider) => names.includes(provider));
  if (providers.length !== names.length) return undefined;
  return names.flatMap((name) => PROVIDERS.find((provider) => provider === name) ?? []);
}

/** How long a model may be silent. */
export function patienceOf({ LLM_FIRST_TOKEN_MS: firstTokenMs, LLM_IDLE_MS: idleMs }: ModelConfig): Patience {
  return { firstTokenMs, idleMs };
}

/** The key of a provider. A server at another address may need none, but the SDK needs a text. */
export function keyOf(config: ModelConfig, provider: Provider): string | undefined {
  const key = provider === "openai" ? config.OPENAI_API_KEY : config.ANTHROPIC_API_KEY;
  const address = provider === "openai" ? config.OPENAI_BASE_URL : config.ANTHROPIC_BASE_URL;
  return key ?? (address === undefined ? undefined : "no-key");
}

/** The providers that are asked, in this order. */
export function providersOf(config: ModelConfig): readonly Provider[] {
  const { LLM_PROVIDER: chosen } = config;
  if (chosen === "embedded") return [];
  return chosen === "auto" ? PROVIDERS.filter((provider) => keyOf(config, provider) !== undefined) : chosen;
}

/** @throws ConfigError of one line for a provider that is named and has no key */
export function requireKeys<Config extends ModelConfig>(config: Config): Config {
  const missing = providersOf(config).find((provider) => keyOf(config, provider) === undefined);
  if (missing === undefined) return config;
  const name = missing.toUpperCase();
  throw new ConfigError(`${name}_API_KEY is not set: expected the key that LLM_PROVIDER=${missing} needs`);
}
