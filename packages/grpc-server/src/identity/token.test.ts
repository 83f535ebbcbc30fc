import { createHmac, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readToken, signToken } from "./token.ts";

const secretOf = (fill: string): ReturnType<typeof createSecretKey> => createSecretKey(Buffer.alloc(32, fill));
const [ours, next, theirs] = [secretOf("a"), secretOf("b"), secretOf("c")];
const claims = { subject: "ada", scopes: ["admin"], audience: "us", issuedAtSeconds: 1_000, expiresAtSeconds: 1_150 };

/** A token with any header and payload and a right signature. */
function forge(header: unknown, payload: unknown): string {
  const encode = (value: unknown): string =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const signed = `${encode(header)}.${encode(payload)}`;
  return `${signed}.${createHmac("sha256", ours).update(signed).digest("base64url")}`;
}

test("a signed token is read until it expires", () => {
  const token = signToken(claims, ours);

  expect(readToken(token, { audience: "us", secrets: [ours] }, 1_149)).toEqual({
    value: { subject: "ada", scopes: ["admin"] },
  });
  expect(readToken(token, { audience: "us", secrets: [ours] }, 1_150)).toEqual({ error: "expired" });
});

test("while one secret replaces another, signer and reader may get the new one in either order", () => {
  const [before, after] = [signToken(claims, ours), signToken(claims, next)];

  expect(readToken(before, { audience: "us", secrets: [next, ours] }, 1_000)).toHaveProperty("value");
  expect(readToken(after, { audience: "us", secrets: [ours, next] }, 1_000)).toHaveProperty("value");
  expect(readToken(before, { audience: "us", secrets: [next] }, 1_000)).toEqual({ error: "forged" });
  expect(readToken(signToken(claims, theirs), { audience: "us", secrets: [ours, next] }, 1_000)).toEqual({
    error: "forged",
  });
});

test("any subject and any scopes come back unchanged", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: "grapheme", minLength: 1, maxLength: 200 }),
      fc.array(fc.string()),
      (subject, scopes) => {
        const token = signToken({ ...claims, subject, scopes }, ours);
        fc.pre(token.length <= 4_096);
        expect(readToken(token, { audience: "us", secrets: [ours] }, 1_000)).toEqual({ value: { subject, scopes } });
      },
    ),
  );
});

test("a token for another service is refused", () => {
  const token = signToken({ ...claims, audience: "them" }, ours);

  expect(readToken(token, { audience: "us", secrets: [ours] }, 1_000)).toEqual({ error: "misdirected" });
  expect(readToken(token, { audience: "them", secrets: [ours] }, 1_000)).toHaveProperty("value");
});

test("a token that differs in any character is refused", () => {
  const token = signToken(claims, ours);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_.=\n"), (at, character) => {
      fc.pre(token[at] !== character);
      const other = token.slice(0, at) + character + token.slice(at + 1);
      expect(readToken(other, { audience: "us", secrets: [ours] }, 1_000)).toHaveProperty("error");
    }),
  );
});

test("a signature has one accepted form", () => {
  const token = signToken(claims, ours);
  const [signed, mac] = [token.slice(0, token.lastIndexOf(".") + 1), token.slice(token.lastIndexOf(".") + 1)];
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  // The last character of 32 bytes in base64 has four bits of data: three other characters decode to the same bytes.
  const last = alphabet.indexOf(mac.at(-1) ?? "");
  const others = [1, 2, 3].map((bits) => mac.slice(0, -1) + alphabet[last ^ bits]);
  const spelt = [`${mac}=`, `${mac}==`, ` ${mac}`, `${mac}\n`, `${mac}!`, mac.replace(/^./, "$& "), ...others];

  for (const other of spelt) {
    expect(Buffer.from(other, "base64url").equals(Buffer.from(mac, "base64url"))).toBe(true);
    expect(readToken(signed + other, { audience: "us", secrets: [ours] }, 1_000)).toEqual({ error: "forged" });
  }
});

test("no text makes the reader throw, and no text without a right signature is accepted", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `${signToken(claims, ours)}${text}.`),
      ),
      (text) => {
        expect(readToken(text, { audience: "us", secrets: [ours] }, 1_000)).toHaveProperty("error");
      },
    ),
  );
});

const jwt = { alg: "HS256", typ: "JWT" };
const good = { iss: "api-gateway", sub: "ada", aud: "us", scp: [], iat: 1_000, exp: 1_150 };

test.for([
  ["no algorithm", { alg: "none", typ: "JWT" }, good],
  ["another algorithm", { alg: "HS512", typ: "JWT" }, good],
  ["an equal header in another order", { typ: "JWT", alg: "HS256" }, good],
  ["a key in its header", { ...jwt, jwk: {} }, good],
  ["another issuer", jwt, { ...good, iss: "another" }],
  ["no subject", jwt, { ...good, sub: undefined }],
  ["an empty subject", jwt, { ...good, sub: "" }],
  ["a subject that is not a string", jwt, { ...good, sub: 1 }],
  ["no audience", jwt, { ...good, aud: undefined }],
  ["several audiences", jwt, { ...good, aud: ["us", "them"] }],
  ["no scopes", jwt, { ...good, scp: undefined }],
  ["a scope that is not a string", jwt, { ...good, scp: [1] }],
  ["no expiry", jwt, { ...good, exp: undefined }],
  ["an expiry that is not a number", jwt, { ...good, exp: "1150" }],
  ["a payload that is not an object", jwt, "null"],
  ["a payload that is not JSON", jwt, "{"],
] as const)("a token with %s is malformed, although its signature is right", ([, header, payload]) => {
  expect(readToken(forge(header, payload), { audience: "us", secrets: [ours] }, 1_000)).toEqual({ error: "malformed" });
});

test("a token of 100 kB is refused before it is hashed", () => {
  const token = forge(jwt, { ...good, sub: "x".repeat(75_000) });

  expect(readToken(token, { audience: "us", secrets: [ours] }, 1_000)).toEqual({ error: "malformed" });
});
