import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApiKeys } from "./api-keys.ts";

const hashOf = (key: string): string => createHash("sha256").update(key).digest("hex");

function parsed(text: string): ApiKeys {
  const result = ApiKeys.parse(text);
  return "value" in result ? result.value : expect.fail(result.error);
}

test("a key finds its subject and its scopes, and any other text finds no caller", () => {
  const keys = parsed(`ci:${hashOf("a")}, ops@example.com:${hashOf("b").toUpperCase()}:admin+other`);

  expect(keys.find("a")).toEqual({ subject: "ci", scopes: [] });
  expect(keys.find("b")).toEqual({ subject: "ops@example.com", scopes: ["admin", "other"] });
  fc.assert(
    fc.property(fc.string(), (key) => {
      fc.pre(key !== "a" && key !== "b");
      expect(keys.find(key)).toBeUndefined();
    }),
  );
  expect(keys.find(hashOf("a"))).toBeUndefined();
});

test("a subject may have two keys during a rotation", () => {
  const keys = parsed(`ci:${hashOf("old")},ci:${hashOf("new")}`);

  expect([keys.find("old"), keys.find("new")].map((caller) => caller?.subject)).toEqual(["ci", "ci"]);
});

const hash = hashOf("secret");

test.for([
  ["", "entry 1: the subject"],
  ["ci", "entry 1: the SHA-256 of the key has to be 64 hexadecimal digits, got 0 characters"],
  [`ci:${hash.slice(1)}`, "entry 1: the SHA-256 of the key has to be 64 hexadecimal digits, got 63 characters"],
  ["ci:atk_a-key-and-not-its-hash", "entry 1: the SHA-256"],
  [`:${hash}`, "entry 1: the subject"],
  [`c i:${hash}`, "entry 1: the subject"],
  [`${"x".repeat(129)}:${hash}`, "entry 1: the subject"],
  [`ci:${hash}:`, "entry 1: scopes"],
  [`ci:${hash}:admin+`, "entry 1: scopes"],
  [`ci:${hash}:Admin`, "entry 1: scopes"],
  [`ci:${hash}:admin:other`, "entry 1: scopes"],
  [`ci:${hash}:${Array(33).fill("a").join("+")}`, "entry 1: at most 32 scopes"],
  [`ci:${hash},`, "entry 2: the subject"],
  [`ci:${hashOf("x")},a:${hash},b:${hash.toUpperCase()}`, "entry 3: the key is that of entry 2 already"],
] as const)("%s is refused with its fault", ([text, start]) => {
  const result = ApiKeys.parse(text);

  expect(result).toEqual({ error: expect.stringContaining(start) });
  expect(JSON.stringify(result)).not.toMatch(/[0-9a-f]{16}|atk_/i);
});

test("no text makes the parser throw", () => {
  fc.assert(fc.property(fc.string(), (text) => void ApiKeys.parse(text)));
});
