// What is looked at, and who is told.
import { describe, expect, test } from "vitest";
import { checkFigures } from "../checks/figures.ts";
import { findingsAfter } from "./broken-copy.ts";

describe("the dashboard", () => {
  test("a graph of a figure that nobody writes is found, and a figure that nobody sees", async () => {
    const findings = await findingsAfter(checkFigures, "dashboard.tf", '"EndpointsReady"', '"ReadyEndpoints"');
    expect(findings).toMatch(/the dashboard shows ReadyEndpoints, which no program writes/);
    expect(findings).toMatch(/EndpointsReady is written and paid for, and nobody sees it/);
  });
});
