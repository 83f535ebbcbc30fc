import { systemClock } from "@agent-team/foundation/clock";
import { Code } from "@connectrpc/connect";
import { expect, test } from "vitest";
import { z } from "zod";
import { readConfig } from "../config/read-config.ts";
import { serverConfigShape } from "../config/server-config.ts";
import { createAdmission } from "./admission.ts";
import { createIdentitySigner } from "./signer.ts";

test("a call with two identities is refused, also if the server gets them as two values", () => {
  const config = readConfig(z.object(serverConfigShape({ defaultPort: 0 })), { IDENTITY_SECRET: "x".repeat(32) });
  const secrets = config.IDENTITY_SECRET ?? expect.fail("the secret was not read");
  const admit = createAdmission(secrets, systemClock, "test");
  const signer = createIdentitySigner(secrets, systemClock);
  const sign = (subject: string): string => signer.sign({ subject, scopes: [] }, "test", 1_000);

  expect(admit({ get: () => [sign("ada")] }).subject).toBe("ada");
  expect(() => admit({ get: () => [sign("ada"), sign("bob")] })).toThrow(
    expect.objectContaining({ code: Code.Unauthenticated }),
  );
});
