import { createSecretKey, type KeyObject } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ApprovalLinks } from "./approval-links.ts";

const secretOf = (fill: string): KeyObject => createSecretKey(Buffer.alloc(32, fill));
const linksOf = (...secrets: readonly string[]): ApprovalLinks =>
  new ApprovalLinks({ secrets: secrets.map(secretOf), publicUrl: "https://api.test" });
const REF = { runId: "r1", nodeId: "ask.0", owner: "ada" };

function tokenOf(links: ApprovalLinks, expiresMs = 5_000): string {
  return links.urlOf(REF, expiresMs).split("/").at(-1) ?? "";
}

test("a link names the run and the node, and its token is good until its second", () => {
  const links = linksOf("a");
  expect(links.urlOf(REF, 4_001)).toMatch(/^https:\/\/api\.test\/v1\/approvals\/r1\/ask\.0\/5\.[\w-]{43}$/);
  expect(links.expiryOf(REF, tokenOf(links))).toBe(5_000);
});

test("a token is good for its run, its node and its owner alone", () => {
  const links = linksOf("a");
  for (const other of [{ runId: "r2" }, { nodeId: "ask.1" }, { owner: "eve" }]) {
    expect(links.expiryOf({ ...REF, ...other }, tokenOf(links))).toBeUndefined();
  }
});

test("a token that differs in any character is refused", () => {
  const links = linksOf("a");
  const token = tokenOf(links);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(..."AZaz09-_.=\n"), (at, character) => {
      fc.pre(token[at] !== character);
      expect(links.expiryOf(REF, token.slice(0, at) + character + token.slice(at + 1))).toBeUndefined();
    }),
  );
  for (const garbled of ["", ".", token.slice(0, -1), `${token}A`, token.toUpperCase()]) {
    expect(links.expiryOf(REF, garbled)).toBeUndefined();
  }
});

test("while one secret replaces another, links of both are good", () => {
  expect(linksOf("b", "a").expiryOf(REF, tokenOf(linksOf("a")))).toBe(5_000);
  expect(linksOf("b").expiryOf(REF, tokenOf(linksOf("a")))).toBeUndefined();
});
