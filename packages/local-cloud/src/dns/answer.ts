import type { Random } from "@agent-team/foundation/random";
import type { Answer, Question } from "dns-packet";
import type { Instance } from "../cloud-map/registry.ts";
import type { Zone } from "./zone.ts";

/** The response codes of RFC 1035 4.1.1 in use, and BADVERS of RFC 6891 6.1.3, with its upper bits in the OPT record. */
export const RESPONSE_CODES = {
  noError: 0,
  formatError: 1,
  nameError: 3,
  notImplemented: 4,
  refused: 5,
  badVersion: 16,
} as const;
type ResponseCode = (typeof RESPONSE_CODES)[keyof typeof RESPONSE_CODES];

/** The response to one question. */
export interface Reply {
  readonly code: ResponseCode;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
}

export interface AnswerOptions {
  readonly ttlSeconds: number;
  /** How long a resolver may cache that a name does not exist: the SOA's minimum. */
  readonly negativeTtlSeconds: number;
  readonly random: Random;
}

const REFUSED: Reply = { code: RESPONSE_CODES.refused, answers: [], authorities: [] };

// AWS, MULTIVALUE routing: "Route 53 responds to DNS queries with up to eight healthy records", and "when all
// records are unhealthy, Route 53 responds to DNS queries with up to eight unhealthy records".
const MAX_RECORDS = 8;

/** Answers one question as Route 53 does. Pure except for `options.random`. */
export function answer(zone: Zone, question: Question, options: AnswerOptions): Reply {
  if ((question.class ?? "IN") !== "IN" || isTransfer(question)) return REFUSED;
  const name = question.name.toLowerCase().replace(/\.$/, "");
  if (isWithin(name, zone.namespace)) return answerInNamespace(zone, name, question, options);
  if (isWithin(name, zone.hostsZone)) return answerHost(zone, name, question, options);
  return REFUSED;
}

/** RFC 5936: zone transfers are for secondary name servers. The local cloud has no such server, and refuses them. */
function isTransfer({ type }: Question): boolean {
  return type === "AXFR" || type === "IXFR";
}

function answerInNamespace(zone: Zone, name: string, question: Question, options: AnswerOptions): Reply {
  const soa = startOfAuthority(zone.namespace, options);
  if (name === zone.namespace) return answerApex(zone.namespace, question, soa);
  const labels = name.slice(0, -zone.namespace.length - 1).split(".");
  const service = labels.at(-1) ?? "";
  const all = zone.instances(service);
  if (labels.length === 1) {
    // A service without instances has no records, so its name does not exist.
    if (all.length === 0) return nameError(soa);
    const healthy = all.filter((instance) => instance.healthy);
    const shown = shuffled(healthy.length > 0 ? healthy : all, options.random).slice(0, MAX_RECORDS);
    return records(recordsOf(zone.namespace, service, shown, question, options.ttlSeconds), soa);
  }
  const host = labels.length === 2 ? all.find(({ id }) => id === labels[0]) : undefined;
  if (host === undefined) return nameError(soa);
  return records(question.type === "A" ? [addressRecord(question.name, host, options.ttlSeconds)] : [], soa);
}

function recordsOf(
  namespace: string,
  service: string,
  instances: readonly Instance[],
  { name, type }: Question,
  ttl: number,
): readonly Answer[] {
  if (type === "A") return instances.map((instance) => addressRecord(name, instance, ttl));
  if (type !== "SRV") return [];
  return instances.map(({ id, port }) => ({
    type,
    name,
    ttl,
    // Cloud Map gives every instance priority 1 and weight 1.
    data: { priority: 1, weight: 1, port, target: `${id}.${service}.${namespace}` },
  }));
}

function answerApex(namespace: string, { name, type }: Question, soa: Answer): Reply {
  if (type === "SOA") return records([soa], soa);
  if (type === "NS") return records([{ type, name, ttl: 172_800, data: `ns1.${namespace}` }], soa);
  return records([], soa);
}

function answerHost(zone: Zone, name: string, question: Question, options: AnswerOptions): Reply {
  const soa = startOfAuthority(zone.hostsZone, options);
  const host = zone.hosts.get(name);
  if (host === undefined && name !== zone.hostsZone) return nameError(soa);
  const found = host !== undefined && question.type === "A";
  return records(found ? [{ type: "A", name: question.name, ttl: options.ttlSeconds, data: host }] : [], soa);
}

function addressRecord(name: string, { host }: Instance, ttl: number): Answer {
  return { type: "A", name, ttl, data: host };
}

/** RFC 2308 2.2: a response without records carries the SOA. Its minimum is the negative TTL. */
function records(answers: readonly Answer[], soa: Answer): Reply {
  return { code: RESPONSE_CODES.noError, answers, authorities: answers.length === 0 ? [soa] : [] };
}

function nameError(soa: Answer): Reply {
  return { code: RESPONSE_CODES.nameError, answers: [], authorities: [soa] };
}

function startOfAuthority(zone: string, { negativeTtlSeconds }: AnswerOptions): Answer {
  const times = { serial: 1, refresh: 7_200, retry: 900, expire: 1_209_600, minimum: negativeTtlSeconds };
  const data = { mname: `ns1.${zone}`, rname: `hostmaster.${zone}`, ...times };
  return { type: "SOA", name: zone, ttl: negativeTtlSeconds, data };
}

function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

/** Fisher-Yates shuffle. */
function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
