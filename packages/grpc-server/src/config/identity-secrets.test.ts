import { inspect } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { requireIdentity } from "./production.ts";
import { readConfig } from "./read-config.ts";
import { serverConfigShape } from "./server-config.ts";

const schema = z.object(serverConfigShape({ defaultPort: 50051 }));
const SECRET = "0123456789abcdef0123456789abcdef";
const read = (env: Readonly<Record<string, string>>): ReturnType<typeof readConfig<typeof schema>> =>
  requireIdentity(readConfig(schema, env));

test("one secret or two are read, and space around them is ignored", () => {
  expect(read({ IDENTITY_SECRET: SECRET }).IDENTITY_SECRET).toHaveLength(1);
  expect(read({ IDENTITY_SECRET: ` ${SECRET}, ${SECRET.toUpperCase()}\n` }).IDENTITY_SECRET).toHaveLength(2);
  expect(read({}).IDENTITY_SECRET).toBeUndefined();
});

test.for([
  ["a short secret", SECRET.slice(1)],
  ["a short second secret", `${SECRET},short`],
  ["an empty second secret", `${SECRET},`],
  ["three secrets", `${SECRET},${SECRET},${SECRET}`],
] as const)("%s: one line that does not repeat the value", ([, value]) => {
  expect(() => read({ IDENTITY_SECRET: value })).toThrow(
    expect.objectContaining({
      name: "ConfigError",
      message: expect.stringMatching(
        /^IDENTITY_SECRET=\[redacted\]: expected a secret of at least 32 bytes, or two .*$/,
      ),
    }),
  );
});

test("a printed configuration shows no secret", () => {
  const config = read({ IDENTITY_SECRET: SECRET });

  expect(inspect(config, { depth: 10 }) + JSON.stringify(config)).not.toContain(SECRET);
});

test.for([{ ENVIRONMENT: "production" }, { NODE_ENV: "production" }] as const)(
  "%j without a secret: one line",
  (env) => {
    expect(() => read(env)).toThrow(/^IDENTITY_SECRET is not set: expected .* ENVIRONMENT=production: .*$/);
    expect(read({ ...env, IDENTITY_SECRET: SECRET }).IDENTITY_SECRET).toHaveLength(1);
  },
);

test("ENVIRONMENT wins over NODE_ENV", () => {
  expect(read({ ENVIRONMENT: "staging", NODE_ENV: "production" }).IDENTITY_SECRET).toBeUndefined();
});
