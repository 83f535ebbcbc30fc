import { expect, test } from "vitest";
import { pageOf } from "./page.ts";

test("pages have every item once, in order, and the last page has no token", () => {
  const all = [1, 2, 3, 4, 5];
  const pages: (readonly number[])[] = [];
  let token: string | undefined;
  do {
    const page = pageOf(all, 2, token, "Refused");
    pages.push(page.items);
    token = page.nextToken;
  } while (token !== undefined);
  expect(pages).toEqual([[1, 2], [3, 4], [5]]);
});

test.each(["", "place 2", "!", Buffer.from("place -1").toString("base64url")])("the token %j is refused", (token) => {
  expect(() => pageOf([1], 1, token, "Refused")).toThrow(expect.objectContaining({ code: "Refused" }));
});
