import { readConfig } from "@agent-team/grpc-server";
import { expect, test } from "vitest";
import { z } from "zod";
import { modelConfigShape, providersOf, requireKeys } from "./model-config.ts";

const read = (env: Readonly<Record<string, string>>) => requireKeys(readConfig(z.object(modelConfigShape), env));

const providers = (env: Readonly<Record<string, string>>): readonly string[] => providersOf(read(env));
const BOTH = { OPENAI_API_KEY: "sk-o", ANTHROPIC_API_KEY: "sk-a" };

test("auto asks the providers that have a key, OpenAI first, and a list asks in its order", () => {
  expect(providers({})).toEqual([]);
  expect(providers({ ANTHROPIC_API_KEY: "sk-a" })).toEqual(["anthropic"]);
  expect(providers(BOTH)).toEqual(["openai", "anthropic"]);
  expect(providers({ ...BOTH, LLM_PROVIDER: "anthropic, openai" })).toEqual(["anthropic", "openai"]);
  expect(providers({ ...BOTH, LLM_PROVIDER: "anthropic" })).toEqual(["anthropic"]);
  expect(providers({ ...BOTH, LLM_PROVIDER: "embedded" })).toEqual([]);
});

test("a server at another address needs no key", () => {
  expect(providers({ OPENAI_BASE_URL: "http://127.0.0.1:11434/v1" })).toEqual(["openai"]);
});

test.for([
  [{ LLM_PROVIDER: "gemini" }, "LLM_PROVIDER=gemini: expected auto, embedded, or a list of openai, anthropic"],
  [
    { LLM_PROVIDER: "openai,openai" },
    "LLM_PROVIDER=openai,openai: expected auto, embedded, or a list of openai, anthropic",
  ],
  [
    { LLM_PROVIDER: "anthropic", OPENAI_API_KEY: "sk-o" },
    "ANTHROPIC_API_KEY is not set: expected the key that LLM_PROVIDER=anthropic needs",
  ],
  [{ OPENAI_BASE_URL: "localhost" }, "OPENAI_BASE_URL=localhost: expected a URL such as http://127.0.0.1:11434/v1"],
  [{ OPENAI_API: "completions" }, "OPENAI_API=completions: expected one of responses, chat"],
] as const)("%j is one line", ([env, line]) => {
  expect(() => read(env)).toThrow(expect.objectContaining({ name: "ConfigError", message: line }));
});
