import { expect, test } from "vitest";
import { namedProxy, parseProxy, proxyAddress, proxyFromEnvironment } from "./proxy.ts";

const PROXY = "http://10.0.0.1:3128";

test.each([
  [{ grpc_proxy: PROXY }, "grpc_proxy"],
  [{ https_proxy: PROXY }, "https_proxy"],
  [{ http_proxy: PROXY }, "http_proxy"],
  [{ http_proxy: PROXY, grpc_proxy: PROXY }, "grpc_proxy"],
  [{ grpc_proxy: "", https_proxy: PROXY }, "https_proxy"],
])("a proxy of %o is named", (env, variable) => {
  expect(namedProxy("orders.internal:50051", env)).toBe(variable);
  expect(proxyFromEnvironment("orders.internal:50051", env).proxy).toMatchObject({ host: "10.0.0.1", port: 3_128 });
});

test.each([
  ["orders.internal:50051", { no_grpc_proxy: "localhost, .internal" }],
  ["orders.internal", { no_proxy: "orders.internal" }],
  ["10.0.10.7:50051", { no_proxy: "10.0.0.0/16" }],
  ["10.0.10.7:50051", { no_grpc_proxy: "10.0.10.7" }],
])("%s is excepted by %o", (target, exceptions) => {
  expect(proxyFromEnvironment(target, { grpc_proxy: PROXY, ...exceptions })).toEqual({});
});

test.each([
  ["orders.internal", { no_grpc_proxy: "elsewhere", no_proxy: "orders.internal" }], // the first one that is set counts
  ["10.1.10.7:50051", { no_proxy: "10.0.0.0/16" }],
  ["orders.internal", { no_proxy: " ,," }],
])("%s is not excepted by %o", (target, exceptions) => {
  expect(namedProxy(target, { grpc_proxy: PROXY, ...exceptions })).toBe("grpc_proxy");
});

test("without a proxy there is nothing to say", () => {
  expect(proxyFromEnvironment("orders.internal", { no_proxy: "elsewhere", grpc_proxy: "" })).toEqual({});
});

test.each([
  ["http://proxy", "proxy:80", undefined],
  ["http://proxy.internal:3128/", "proxy.internal:3128", undefined],
  ["http://[fd00::1]:3128", "[fd00::1]:3128", undefined],
  ["http://user:p%3A%20ss@proxy:1", "proxy:1", "user:p: ss"],
  ["http://user@proxy:1", "proxy:1", "user"],
  ["http://user:100%@proxy:1", "proxy:1", "user:100%"],
])("%s is %s with the credentials %s", (url, address, credentials) => {
  const proxy = parseProxy(url);
  expect(proxyAddress(proxy)).toBe(address);
  const [, encoded] = /^Basic (.*)$/.exec(proxy.authorization ?? "") ?? [];
  expect(encoded && Buffer.from(encoded, "base64").toString()).toBe(credentials);
});

test.each(["socks5://proxy:1080", "https://proxy", "proxy:3128", ""])(
  "a variable with %j is warned of by its name, without its value",
  (url) => {
    const { proxy, warning } = proxyFromEnvironment("orders", { https_proxy: `${url}` || "?" });
    expect(proxy).toBeUndefined();
    expect(warning).toContain("https_proxy: expected http://");
  },
);
