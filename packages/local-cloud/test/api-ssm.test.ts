// Systems Manager: the parameters that task definitions name are there, their values are not.

import { expect, test } from "vitest";
import type { LocalCloud } from "../src/index.ts";
import { json } from "./aws.ts";
import { echoService, startTestCloud } from "./support.ts";

const name = "/agent-team-local/openai_api_key";
const arn = `arn:aws:ssm:local-1:000000000000:parameter${name}`;

async function start(): Promise<LocalCloud> {
  const environment = { OPENAI_API_KEY: "sk-very-secret", LOG_LEVEL: "debug" };
  return startTestCloud({ services: [echoService({ environment, desired: 0 })] });
}

async function ask(cloud: LocalCloud, action: string, input: object): Promise<unknown> {
  const { status, text } = await json(cloud, `AmazonSSM.${action}`, input);
  expect(text).not.toContain("sk-very-secret");
  return { status, ...(JSON.parse(text) as object) };
}

test("gets a parameter by name, by name and version, and by ARN", async () => {
  const cloud = await start();
  for (const Name of [name, `${name}:1`, arn]) {
    expect(await ask(cloud, "GetParameter", { Name }), Name).toMatchObject({
      status: 200,
      Parameter: { Name: name, ARN: arn, Type: "SecureString", Version: 1 },
    });
  }
  expect(await ask(cloud, "GetParameter", { Name: "/agent-team-local/log_level" })).toMatchObject({
    status: 400,
    __type: "ParameterNotFound",
  });
});

test("gets several, with those that there are not, and all below a path", async () => {
  const cloud = await start();
  expect(await ask(cloud, "GetParameters", { Names: [name, "/none"] })).toMatchObject({
    Parameters: [{ Name: name }],
    InvalidParameters: ["/none"],
  });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/agent-team-local" })).toMatchObject({
    Parameters: [{ Name: name }],
  });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/" })).toMatchObject({ Parameters: [] });
  expect(await ask(cloud, "GetParametersByPath", { Path: "/", Recursive: true })).toMatchObject({
    Parameters: [{ Name: name }],
  });
});

test("shows no value, decrypted or not", async () => {
  const cloud = await start();
  const questions = [
    ["GetParameter", { Name: name }],
    ["GetParameters", { Names: [name] }],
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
