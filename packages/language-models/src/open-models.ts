import type { Model } from "./model.ts";
import { keyOf, type ModelConfig, type Provider, providersOf } from "./model-config.ts";
import { AnthropicMessages } from "./providers/anthropic-messages.ts";
import { OpenAiChat } from "./providers/openai-chat.ts";
import { OpenAiResponses } from "./providers/openai-responses.ts";

/** One provider, as the variables describe it. */
export interface ProviderConfig {
  readonly apiKey: string;
  readonly model: string;
  /** Default: the provider's own. */
  readonly baseUrl?: string | undefined;
  /** OpenAI only: which of its APIs the server speaks. */
  readonly api?: "responses" | "chat" | undefined;
}

/**
 * The longest answer, in tokens. A workflow of 100 nodes, the most that the engine takes, is about 12,000; a model that
 * thinks needs room for that, too.
 */
const MAX_OUTPUT_TOKENS = 16_000;

/**
 * Retries are ours: they end with the first word that a person reads. The SDKs log parts of a conversation when a stream is
 * broken, and they read further variables of the environment: both are off.
 */
const CLIENT_OPTIONS = { maxRetries: 0, logLevel: "off" } as const;

/** The models that the variables ask for, in their order. */
export function openModels(config: ModelConfig): Promise<readonly Model[]> {
  return Promise.all(providersOf(config).map((provider) => openModel(provider, providerConfigOf(config, provider))));
}

function providerConfigOf(config: ModelConfig, provider: Provider): ProviderConfig {
  const apiKey = keyOf(config, provider) ?? "";
  return provider === "openai"
    ? { apiKey, model: config.OPENAI_MODEL, baseUrl: config.OPENAI_BASE_URL, api: config.OPENAI_API }
    : { apiKey, model: config.ANTHROPIC_MODEL, baseUrl: config.ANTHROPIC_BASE_URL };
}

/** Opens a client of the provider's official SDK, which is loaded here and nowhere else. */
export async function openModel(provider: Provider, config: ProviderConfig): Promise<Model> {
  return provider === "openai" ? openOpenAi(config) : openAnthropic(config);
}

async function openOpenAi({ apiKey, model, baseUrl, api }: ProviderConfig): Promise<Model> {
  const { OpenAI } = await import("openai");
  const baseURL = baseUrl ?? "https://api.openai.com/v1";
  const client = new OpenAI({
    ...CLIENT_OPTIONS,
    apiKey,
    baseURL,
    adminAPIKey: null,
    organization: null,
    project: null,
  });
  // Compatible servers know the older API, and only some the newer one.
  if ((api ?? (baseUrl === undefined ? "responses" : "chat")) === "responses") {
    return new OpenAiResponses(client, model, MAX_OUTPUT_TOKENS);
  }
  return new OpenAiChat(client, model, MAX_OUTPUT_TOKENS, baseUrl !== undefined);
}

async function openAnthropic({ apiKey, model, baseUrl }: ProviderConfig): Promise<Model> {
  const { Anthropic } = await import("@anthropic-ai/sdk");
  const baseURL = baseUrl ?? "https://api.anthropic.com";
  const client = new Anthropic({ ...CLIENT_OPTIONS, apiKey, baseURL, openTelemetry: false });
  return new AnthropicMessages(client, model, MAX_OUTPUT_TOKENS);
}
