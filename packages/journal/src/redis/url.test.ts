import { expect, test } from "vitest";
import { parseRedisUrl } from "./url.ts";

const plain = { port: 6379, tls: false, username: undefined, password: undefined, database: 0 };

test.for([
  ["redis://10.0.0.7", { ...plain, host: "10.0.0.7" }],
  ["redis://localhost:7000/", { ...plain, host: "localhost", port: 7000 }],
  ["redis://[::1]:7000/15", { ...plain, host: "::1", port: 7000, database: 15 }],
  [
    "rediss://:0123-token@master.cache.example.com:6379/0",
    { ...plain, host: "master.cache.example.com", tls: true, password: "0123-token" },
  ],
  ["rediss://u%40x:p%2F%25@host", { ...plain, host: "host", tls: true, username: "u@x", password: "p/%" }],
] as const)("%s is read", ([text, target]) => {
  expect(parseRedisUrl(text)).toEqual(target);
});
