import { expect, test } from "vitest";
import { proxyWarning } from "./grpc-js-proxy.ts";

const PROXY = "http://10.0.0.1:3128";

test.each([
  [{ grpc_proxy: PROXY }, "grpc_proxy"],
  [{ https_proxy: PROXY }, "https_proxy"],
  [{ http_proxy: PROXY }, "http_proxy"],
  [{ http_proxy: PROXY, grpc_proxy: PROXY }, "grpc_proxy"],
  [{ grpc_proxy: "", https_proxy: PROXY }, "https_proxy"],
])("a proxy of %o is named", (env, variable) => {
  expect(proxyWarning("orders.internal:50051", env)).toBe(
    `${variable} names a proxy, and the channel to orders.internal:50051 connects without it: list the target in no_grpc_proxy if that is meant`,
  );
});

test.each([
  ["orders.internal:50051", { no_grpc_proxy: "localhost, .internal" }],
  ["orders.internal", { no_proxy: "orders.internal" }],
  ["10.0.10.7:50051", { no_proxy: "10.0.0.0/16" }],
  ["10.0.10.7:50051", { no_grpc_proxy: "10.0.10.7" }],
])("%s is excepted by %o", (target, exceptions) => {
  expect(proxyWarning(target, { grpc_proxy: PROXY, ...exceptions })).toBeUndefined();
});

test.each([
  ["orders.internal", { no_grpc_proxy: "elsewhere", no_proxy: "orders.internal" }], // the first one that is set counts
  ["10.1.10.7:50051", { no_proxy: "10.0.0.0/16" }],
  ["orders.internal", { no_proxy: " ,," }],
])("%s is not excepted by %o", (target, exceptions) => {
  expect(proxyWarning(target, { grpc_proxy: PROXY, ...exceptions })).toContain("grpc_proxy");
});

test("without a proxy there is nothing to say", () => {
  expect(proxyWarning("orders.internal", { no_proxy: "elsewhere", grpc_proxy: "" })).toBeUndefined();
});
