// AUTH_MODE=jwt over real HTTP: when the issuer's keys are fetched, and what holds while they cannot be.

import { systemClock } from "@agent-team/foundation/clock";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import { expect, onTestFinished, test, vi } from "vitest";
import type { Behaviour } from "./issuer.ts";
import { ask, bearer, startTokenGateway } from "./token-gateway.ts";

test("the issuer's keys are fetched once for 20 requests at once", async () => {
  const { issuer, gateway } = await startTokenGateway();
  const token = await issuer.token();
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, bearer(token))));

  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(issuer.fetches).toHaveLength(1);
});

test("the issuer's keys are fetched for unknown key ids at most once in 30 s", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { issuer, gateway } = await startTokenGateway();
  const good = await issuer.token();
  await ask(gateway, bearer(good));
  const strangers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => issuer.token({ header: { kid: `stranger-${index}` } })),
  );
  const askAll = async (): Promise<void> => {
    for (const token of strangers) {
      expect(await ask(gateway, bearer(token))).toMatchObject({ status: 401, reason: "TOKEN_KEY_UNKNOWN" });
    }
  };

  await askAll();
  expect(issuer.fetches).toHaveLength(1);
  vi.setSystemTime(systemClock.wallNow() + 31_000);
  await askAll();
  expect(issuer.fetches).toHaveLength(2);
  expect(await ask(gateway, bearer(good))).toMatchObject({ status: 200 });
});

test("the issuer's keys are fetched again when they change, and a withdrawn one is refused then", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const { issuer, gateway } = await startTokenGateway();
  const old = await issuer.token();
  expect(await ask(gateway, bearer(old))).toMatchObject({ status: 200 });
  await issuer.addKey("second", "ES256");
  issuer.removeKey("first");
  const fresh = await issuer.token({ kid: "second" });

  vi.setSystemTime(systemClock.wallNow() + 31_000);
  expect(await ask(gateway, bearer(fresh))).toMatchObject({ status: 200 });
  expect(await ask(gateway, bearer(old))).toMatchObject({ status: 401, reason: "TOKEN_KEY_UNKNOWN" });
});

test.for(["fails", "garbage", "no set", "endless", "redirects"] as const)(
  "while the issuer %s, tokens are 503 with Retry-After and none is accepted",
  async (behaviour: Behaviour) => {
    const { issuer, gateway } = await startTokenGateway();
    issuer.behaviour = behaviour;
    const token = await issuer.token();

    expect(await ask(gateway, bearer(token))).toMatchObject({
      status: 503,
      reason: "TOKEN_KEYS_UNAVAILABLE",
      retryAfter: "1",
      challenge: null,
    });
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  },
);

test.for(["hangs", "drips"] as const)(
  "the issuer's keys are awaited for 3 s at most while the issuer %s",
  async (behaviour: Behaviour) => {
    const { issuer, gateway } = await startTokenGateway();
    issuer.behaviour = behaviour;
    const token = await issuer.token();
    const startedMs = systemClock.now();
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(gateway, bearer(token))));

    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(503));
    expect(systemClock.now() - startedMs).toBeLessThan(4_500);
    expect(issuer.fetches).toHaveLength(1);
  },
);

test("the issuer's keys are fetched again one second after a failure, and not before", async () => {
  const clock = new FakeClock();
  const { issuer, gateway } = await startTokenGateway({}, clock);
  const token = await issuer.token({ claims: { exp: Math.floor(clock.wallNow() / 1_000) + 60 } });
  issuer.behaviour = "fails";
  for (const _ of Array(10).keys()) expect(await ask(gateway, bearer(token))).toMatchObject({ status: 503 });
  expect(issuer.fetches).toHaveLength(1);

  issuer.behaviour = "answers";
  clock.advance(1_001);
  expect(await ask(gateway, bearer(token))).toMatchObject({ status: 200 });
  expect(
    gateway.log.filter(({ msg }) => String(msg).startsWith("the keys of access tokens")).map(({ level }) => level),
  ).toEqual(["warn", "info"]);
});

test("the issuer's keys are used for an hour while the issuer is away; a token with another key is 503, not 401", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const clock = new FakeClock();
  const { issuer, gateway } = await startTokenGateway({}, clock);
  await issuer.addKey("later", "ES256");
  const exp = Math.floor(clock.wallNow() / 1_000) + 86_400;
  const [known, later] = [
    await issuer.token({ claims: { exp } }),
    await issuer.token({ kid: "later", claims: { exp } }),
  ];
  issuer.removeKey("later");
  expect(await ask(gateway, bearer(known))).toMatchObject({ status: 200 });
  const pass = (ms: number): void => {
    vi.setSystemTime(systemClock.wallNow() + ms);
    clock.advance(ms);
  };

  await issuer.close();
  pass(11 * 60_000);
  expect(await ask(gateway, bearer(known))).toMatchObject({ status: 200 });
  expect(await ask(gateway, bearer(later))).toMatchObject({ status: 503, reason: "TOKEN_KEYS_UNAVAILABLE" });
  pass(50 * 60_000);
  expect(await ask(gateway, bearer(known))).toMatchObject({ status: 503, retryAfter: "1" });
});
