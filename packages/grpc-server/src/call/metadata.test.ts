import { Metadata } from "@grpc/grpc-js";
import { expect, test } from "vitest";
import { addHeaders, toHeaders, toMetadata } from "./metadata.ts";

test("text and bytes survive the way to a handler and back", () => {
  const metadata = new Metadata();
  metadata.add("x-text", "a");
  metadata.add("x-text", "b");
  metadata.add("x-data-bin", Buffer.from([0, 255]));
  metadata.add("x-data-bin", Buffer.from("second"));

  const headers = toHeaders(metadata);
  expect(headers.get("x-text")).toBe("a, b");

  const back = toMetadata(headers);
  expect(back.get("x-text")).toEqual(["a, b"]);
  expect(back.get("x-data-bin")).toEqual([Buffer.from([0, 255]), Buffer.from("second")]);
});

test("the protocol's own keys are not a handler's to set", () => {
  const metadata = new Metadata();
  addHeaders(metadata, new Headers({ "grpc-status": "0", "content-type": "text/html", te: "x", "x-mine": "yes" }));

  expect(metadata.getMap()).toEqual({ "x-mine": "yes" });
});

test("headers that nobody touched are no metadata", () => {
  expect(toMetadata(undefined).getMap()).toEqual({});
});
