import type { OptAnswer, Packet, Question } from "dns-packet";
import packet from "dns-packet";
import type { Reply } from "./answer.ts";
import { RESPONSE_CODES } from "./answer.ts";

// RFC 1035 4.2.1: "Messages carried by UDP are restricted to 512 bytes", unless EDNS offers more (RFC 6891).
const PLAIN_UDP_BYTES = 512;
// DNS flag day 2020: the size that avoids IP fragmentation on almost every path.
const EDNS_UDP_BYTES = 1_232;
/** RFC 6891: the only version. */
const EDNS_VERSION = 0;

const OWN_OPTIONS: OptAnswer = {
  type: "OPT",
  name: ".",
  udpPayloadSize: EDNS_UDP_BYTES,
  extendedRcode: 0,
  ednsVersion: EDNS_VERSION,
  flags: 0,
  flag_do: false,
  options: [],
};

/**
 * Answers one DNS message. Undefined for a message that gets no response: one that is shorter than a header, and one that is
 * itself a response, since two servers could otherwise answer each other without end.
 */
export function respond(
  message: Buffer,
  transport: "udp" | "tcp",
  answer: (question: Question) => Reply,
): Buffer | undefined {
  if (message.length < 12 || isResponse(message)) return undefined;
  if (opcode(message) !== 0) return header(message, RESPONSE_CODES.notImplemented);
  try {
    const query = packet.decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined || query.questions?.length !== 1) return header(message, RESPONSE_CODES.formatError);
    // dns-packet cannot encode an unknown class, so the response is a header alone.
    if (question.class?.startsWith("UNKNOWN_")) return header(message, RESPONSE_CODES.refused);
    const options = (query.additionals ?? []).filter((record): record is OptAnswer => record.type === "OPT");
    // RFC 6891 6.1.1: "If a query message with more than one OPT RR is received, a FORMERR (RCODE=1) MUST be returned."
    if (options.length > 1) return header(message, RESPONSE_CODES.formatError);
    const [offered] = options;
    // RFC 6891 6.1.3: "If a responder does not implement the VERSION level of the request, then it MUST respond with RCODE=BADVERS."
    const isKnownVersion = offered === undefined || offered.ednsVersion <= EDNS_VERSION;
    const reply = isKnownVersion ? answer(question) : { code: RESPONSE_CODES.badVersion, answers: [], authorities: [] };
    return encode(query, question, offered, reply, transport);
  } catch {
    // dns-packet throws on bytes that it cannot decode, and on names that it decoded but cannot encode.
    return header(message, RESPONSE_CODES.formatError);
  }
}

function encode(
  query: Packet,
  question: Question,
  offered: OptAnswer | undefined,
  reply: Reply,
  transport: "udp" | "tcp",
): Buffer {
  const isAuthoritative = reply.code === RESPONSE_CODES.noError || reply.code === RESPONSE_CODES.nameError;
  const authorityFlag = isAuthoritative ? packet.AUTHORITATIVE_ANSWER : 0;
  const response: Packet = {
    type: "response",
    id: query.id,
    // RFC 6891 6.1.3: the header has the lower four bits of the code, the OPT record the upper ones.
    flags: authorityFlag | ((query.flags ?? 0) & packet.RECURSION_DESIRED) | (reply.code & 0xf),
    questions: [question],
    additionals: offered === undefined ? [] : [{ ...OWN_OPTIONS, extendedRcode: reply.code >> 4 }],
  };
  const whole = packet.encode({ ...response, answers: [...reply.answers], authorities: [...reply.authorities] });
  const limit =
    offered === undefined
      ? PLAIN_UDP_BYTES
      : Math.min(EDNS_UDP_BYTES, Math.max(PLAIN_UDP_BYTES, offered.udpPayloadSize));
  if (transport === "tcp" || whole.length <= limit) return whole;
  // Truncated: the client repeats the query over TCP.
  return packet.encode({ ...response, flags: (response.flags ?? 0) | packet.TRUNCATED_RESPONSE });
}

function isResponse(message: Buffer): boolean {
  return (message.readUInt16BE(2) & 0x8000) !== 0;
}

/** 0 is a plain query (RFC 1035 4.1.1). */
function opcode(message: Buffer): number {
  return (message.readUInt16BE(2) >> 11) & 0xf;
}

/** A response of a header alone, for messages that could not be decoded. */
function header(message: Buffer, code: number): Buffer {
  return packet.encode({ type: "response", id: message.readUInt16BE(0), flags: code });
}
