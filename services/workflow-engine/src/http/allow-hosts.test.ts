import { expect, test } from "vitest";
import { AllowHosts } from "./allow-hosts.ts";

const hosts = AllowHosts.parse("127.0.0.1:3000, LOCALHOST,[::1]:80");

test.for([
  "http://127.0.0.1:3000/a",
  "http://localhost/",
  "https://localhost:1/",
  "http://LocalHost:99/",
  "http://[::1]/",
])("%s is allowed", (url) => {
  expect(hosts?.allows(new URL(url))).toBe(true);
});

test.for(["http://127.0.0.1/", "https://[::1]/", "http://localhost.example/", "http://127.0.0.2:3000/"])(
  "%s is not allowed",
  (url) => {
    expect(hosts?.allows(new URL(url))).toBe(false);
  },
);

test.for(["http://a", "a b", "a:b", "a,,b", "*", "a/b"])("%j is not a list of hosts", (text) => {
  expect(AllowHosts.parse(text)).toBeUndefined();
});
