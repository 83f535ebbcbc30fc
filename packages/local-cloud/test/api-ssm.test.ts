// Systems Manager: it has the parameters of task definitions, and not their values.

import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { json } from "./aws.ts";
import { echoService, startTestCloud } from "./support.ts";

const NAME = "/agent-team-local/openai_api_key";
const ARN = `arn:aws:ssm:local-1:000000000000:parameter${NAME}`;

async function start(): Promise<LocalCloud> {
  const environment = { OPENAI_API_KEY: "sk-very-secret", LOG_LEVEL: "debug" };
  return startTestCloud({ services: [echoService({ environment, desired: 0 })] });
}

async function ask(cloud: LocalCloud, action: string, input: object): Promise<unknown> {
  const { status, text } = await json(cloud, `AmazonSSM.${action}`, input);
  expect(text).not.toContain("sk-very-secret");
  return { status, ...(JSON.parse(text) as object) };
}

test("GetParameter finds a parameter by name, by name and version, and by ARN", async () => {
  const cloud = await start();
  for (const Name of [NAME, `${NAME}:1`, ARN]) {
    expect(await ask(cloud, "GetParameter", { Name }), Name).toMatchObject({
      status: 200,
      Parameter: { Name: NAME, ARN, Type: "SecureString", Version: 1 },
    });
  }
  expect(await ask(cloud, "GetParameter", { Name: "/agent-team-local/log_level" })).toMatchObject({
    status: 400,
    __type: "ParameterNotFound",
  });
});

test("GetParameters lists unknown names as invalid, and GetParametersByPath gives all below a path", async () => {
  const cloud = await start();
  expect(await ask(cloud, "GetParameters", { Names: [NAME, "/none"] })).toMatchObject({
    Parameters: [{ Name: NAME }],
    InvalidParameters: ["/none"],
  });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/agent-team-local" })).toMatchObject({
    Parameters: [{ Name: NAME }],
  });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/" })).toMatchObject({ Parameters: [] });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/", Recursive: true })).toMatchObject({
    Parameters: [{ Name: NAME }],
  });
});

test("no response has a value, with decryption or without", async () => {
  const cloud = await start();
  const questions = [
    ["GetParameter", { Name: NAME }],
    ["GetParameters", { Names: [NAME] }],
    ["GetParametersByPath", { Path: "/agent-team-local" }],
  ] as const;
  for (const [action, input] of questions) {
    expect(await ask(cloud, action, input), action).toMatchObject({ status: 200 });
    expect(await ask(cloud, action, { ...input, WithDecryption: true }), action).toMatchObject({
      status: 400,
      __type: "AccessDeniedException",
    });
  }
});
