import { createSecretKey } from "node:crypto";
import { FakeClock } from "@agent-team/foundation/fake-clock";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Tickets } from "./tickets.ts";

const PATH = "/v1/turns/t.1/events";
const secretOf = (fill: string): ReturnType<typeof createSecretKey> => createSecretKey(Buffer.alloc(32, fill));
const [OURS, NEXT, THEIRS] = [secretOf("a"), secretOf("b"), secretOf("c")];

function newTickets(secrets = [OURS], clock = new FakeClock()): Tickets {
  const used = new Set<string>();
  return new Tickets({ secrets, clock, isFirstUse: async (id) => !used.has(id) && used.add(id).has(id) });
}

const refusal = (reason: string): unknown => expect.objectContaining({ reason, status: 401 });

test("a ticket admits its subject to its stream once, and its proof admits it again", async () => {
  const tickets = newTickets();
  const { ticket } = tickets.issue("ada", PATH);

  const { caller, proof } = await tickets.admit(ticket, PATH, undefined);
  expect(caller).toEqual({ subject: "ada", scopes: [] });
  await expect(tickets.admit(ticket, PATH, undefined)).rejects.toEqual(refusal("TICKET_USED"));
  for (let times = 0; times < 3; times += 1)
    expect(await tickets.admit(ticket, PATH, proof)).toEqual({ caller, proof });
});

test("a proof belongs to one ticket, and an id without one is no proof", async () => {
  const tickets = newTickets();
  const [one, other] = [tickets.issue("ada", PATH), tickets.issue("ada", PATH)];
  const { proof } = await tickets.admit(one.ticket, PATH, undefined);
  await tickets.admit(other.ticket, PATH, undefined);

  for (const given of [proof, "", `${proof}x`, proof.slice(1), `${proof}=`])
    await expect(tickets.admit(other.ticket, PATH, given)).rejects.toEqual(refusal("TICKET_USED"));
});

test.for(["/v1/turns/t.2/events", "/v1/runs/t.1/events", "/v1/turns/t%2E1/events", "/v1/turns/t.1/events/", ""])(
  "a ticket for another stream does not open %s, and is not used up there",
  async (path) => {
    const tickets = newTickets();
    const { ticket } = tickets.issue("ada", PATH);
    await expect(tickets.admit(ticket, path, undefined)).rejects.toEqual(refusal("TICKET_INVALID"));
    expect(await tickets.admit(ticket, PATH, undefined)).toHaveProperty("caller");
  },
);

test("a ticket is used within 30 s, and its proof within an hour", async () => {
  const clock = new FakeClock();
  const tickets = newTickets([OURS], clock);
  const [late, used] = [tickets.issue("ada", PATH), tickets.issue("ada", PATH)];
  clock.advance(29_999);
  const { proof } = await tickets.admit(used.ticket, PATH, undefined);
  clock.advance(1);
  expect(clock.wallNow()).toBe(late.connectBeforeMs);
  await expect(tickets.admit(late.ticket, PATH, undefined)).rejects.toEqual(refusal("TICKET_EXPIRED"));
  clock.advance(60 * 60_000 - 30_001);
  expect(await tickets.admit(used.ticket, PATH, proof)).toHaveProperty("proof", proof);
  clock.advance(1);
  expect(clock.wallNow()).toBe(used.reconnectBeforeMs);
  await expect(tickets.admit(used.ticket, PATH, proof)).rejects.toEqual(refusal("TICKET_EXPIRED"));
});

test("a ticket of a gateway whose clock is ahead ends within the minute for which its use is known", async () => {
  const [ahead, clock] = [new FakeClock(), new FakeClock()];
  const [theirs, ours] = [newTickets([OURS], ahead), newTickets([OURS], clock)];
  ahead.advance(30_000);
  const { ticket } = theirs.issue("ada", PATH);
  expect(await ours.admit(ticket, PATH, undefined)).toHaveProperty("caller");
  clock.advance(60_000);
  await expect(ours.admit(ticket, PATH, undefined)).rejects.toEqual(refusal("TICKET_EXPIRED"));

  ahead.advance(60_001);
  const early = theirs.issue("ada", PATH);
  await expect(ours.admit(early.ticket, PATH, undefined)).rejects.toEqual(refusal("TICKET_INVALID"));
  clock.advance(1);
  expect(await ours.admit(early.ticket, PATH, undefined)).toHaveProperty("caller");
});

test("any gateway with the secret takes a ticket and its proof, also while one secret replaces another", async () => {
  const [before, during, after] = [newTickets([OURS]), newTickets([OURS, NEXT]), newTickets([NEXT, OURS])];
  const { ticket } = before.issue("ada", PATH);
  const { proof } = await after.admit(ticket, PATH, undefined);
  expect((await during.admit(ticket, PATH, proof)).caller.subject).toBe("ada");

  await expect(newTickets([NEXT]).admit(ticket, PATH, undefined)).rejects.toEqual(refusal("TICKET_INVALID"));
  await expect(newTickets([THEIRS]).admit(ticket, PATH, proof)).rejects.toEqual(refusal("TICKET_INVALID"));
});

test("a ticket that differs in any character is refused, and no text is accepted or makes the check throw", async () => {
  const tickets = newTickets();
  const { ticket } = tickets.issue("ada", PATH);
  await fc.assert(
    fc.asyncProperty(fc.nat(ticket.length - 1), fc.constantFrom(..."AZaz09-_.=\n"), async (at, character) => {
      fc.pre(ticket[at] !== character);
      const other = ticket.slice(0, at) + character + ticket.slice(at + 1);
      await expect(tickets.admit(other, PATH, undefined)).rejects.toEqual(refusal("TICKET_INVALID"));
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => {
      await expect(tickets.admit(text, PATH, undefined)).rejects.toEqual(refusal("TICKET_INVALID"));
    }),
  );
});

test("a subject of any characters comes back unchanged, also the longest", async () => {
  const tickets = newTickets();
  for (const subject of ["\u0001".repeat(256), "ü".repeat(128), '"\\', "a.b|c"]) {
    const { ticket } = tickets.issue(subject, `/v1/turns/${"x".repeat(128)}/events`);
    const { caller } = await tickets.admit(ticket, `/v1/turns/${"x".repeat(128)}/events`, undefined);
    expect(caller.subject).toBe(subject);
  }
});

test("an identity is no ticket, although it is signed with the same secret", async () => {
  const tickets = newTickets();
  await expect(tickets.admit("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.x", PATH, undefined)).rejects.toEqual(
    refusal("TICKET_INVALID"),
  );
});
