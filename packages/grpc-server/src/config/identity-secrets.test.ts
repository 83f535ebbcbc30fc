import { inspect } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { requireIdentity } from "./production.ts";
import { readConfig } from "./read-config.ts";
import { serverConfigShape } from "./server-config.ts";

const schema = z.object(serverConfigShape({ defaultPort: 50051 }));
const secret = "0123456789abcdef0123456789abcdef";
const read = (env: Readonly<Record<string, string>>): ReturnType<typeof readConfig<typeof schema>> =>
  requireIdentity(readConfig(schema, env));

test("one secret is read, or two, and space around them does not count", () => {
  expect(read({ IDENTITY_SECRET: secret }).IDENTITY_SECRET).toHaveLength(1);
  expect(read({ IDENTITY_SECRET: ` ${secret}, ${secret.toUpperCase()}\n` }).IDENTITY_SECRET).toHaveLength(2);
  expect(read({}).IDENTITY_SECRET).toBeUndefined();
});

test.for([
  ["a short one", secret.slice(1)],
  ["a short second one", `${secret},short`],
  ["an empty second one", `${secret},`],
  ["three", `${secret},${secret},${secret}`],
] as const)("%s is refused by one line that does not repeat it", ([, value]) => {
  expect(() => read({ IDENTITY_SECRET: value })).toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: expect.stringMatching(
        /^IDENTITY_SECRET=\[redacted\]: expected a secret of at least 32 bytes, or two .*$/,
      ),
    }),
  );
});

test("a configuration that is printed shows no secret", () => {
  const config = read({ IDENTITY_SECRET: secret });

  expect(inspect(config, { depth: 10 }) + JSON.stringify(config)).not.toContain(secret);
});

test.for([{ ENVIRONMENT: "production" }, { NODE_ENV: "production" }] as const)(
  "%j without a secret is refused by one line",
  (env) => {
    expect(() => read(env)).toThrow(/^IDENTITY_SECRET is not set: expected .* ENVIRONMENT=production: .*$/);
    expect(read({ ...env, IDENTITY_SECRET: secret }).IDENTITY_SECRET).toHaveLength(1);
  },
);

test("ENVIRONMENT decides where NODE_ENV says something else", () => {
  expect(read({ ENVIRONMENT: "staging", NODE_ENV: "production" }).IDENTITY_SECRET).toBeUndefined();
});
