/** A program that is CommonJS, as those of NestJS are, requires the package: nothing in it awaits while it is loaded. */

import { createRequire } from "node:module";
import { expect, test } from "vitest";

const require = createRequire(import.meta.url);

test.each(["", "/connect", "/grpc-js", "/testing"])("require of @agent-team/grpc-client%s", (subpath) => {
  const exported = require(`@agent-team/grpc-client${subpath}`) as object;
  expect(Object.keys(exported).length).toBeGreaterThan(0);
});
