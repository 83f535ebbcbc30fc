import { expect, test } from "vitest";
import { formatListenAddress, parseListenAddress } from "./address.ts";

test.for([
  ["0.0.0.0:50051", "0.0.0.0", 50_051],
  ["[::]:0", "::", 0],
  ["localhost:0", "localhost", 0],
  ["dns:///localhost:1", "localhost", 1],
  ["ipv4:127.0.0.1:1", "127.0.0.1", 1],
  ["ipv6:[::1]:1", "::1", 1],
  ["unix:/run/a.sock", "unix:/run/a.sock", 0],
  ["unix:///run/a.sock", "unix:/run/a.sock", 0],
] as const)("%s is an address", ([text, host, port]) => {
  expect(parseListenAddress(text)).toEqual({ host, port });
});

test.for(["", "50051", "localhost", "unix:relative", "unix-abstract:a", "http://a:1", "a:65536"])(
  "%j is refused",
  (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      `Could not parse port ${JSON.stringify(text)}: expected host:port or unix:/path`,
    );
  },
);

test("an IPv6 address is written in brackets", () => {
  expect(formatListenAddress({ host: "::1", port: 1 })).toBe("[::1]:1");
  expect(formatListenAddress({ host: "unix:/a", port: 0 })).toBe("unix:/a");
});
