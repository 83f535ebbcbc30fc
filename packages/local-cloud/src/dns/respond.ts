import type { OptAnswer, Packet, Question } from "dns-packet";
import packet from "dns-packet";
import type { Reply } from "./answer.ts";
import { responseCodes } from "./answer.ts";

// RFC 1035 4.2.1: "Messages carried by UDP are restricted to 512 bytes", unless EDNS offers more (RFC 6891).
const plainUdpBytes = 512;
// The size that fits every path without fragments (the operators' "DNS flag day 2020" figure).
const ednsUdpBytes = 1_232;
/** RFC 6891: the only version that there is. */
const EDNS_VERSION = 0;

/**
 * One message in, one message out. Undefined for what does not deserve an answer: noise without a header, and
 * responses, which two servers could otherwise throw at each other for ever.
 */
export function respond(
  message: Buffer,
  transport: "udp" | "tcp",
  answer: (question: Question) => Reply,
): Buffer | undefined {
  if (message.length < 12 || isResponse(message)) return undefined;
  if (opcode(message) !== 0) return header(message, responseCodes.notImplemented);
  try {
    const query = packet.decode(message);
    const [question] = query.questions ?? [];
    if (question === undefined || query.questions?.length !== 1) return header(message, responseCodes.formatError);
    // Such a class cannot be written again; a header can.
    if (question.class?.startsWith("UNKNOWN_")) return header(message, responseCodes.refused);
    const options = (query.additionals ?? []).filter((record): record is OptAnswer => record.type === "OPT");
    // RFC 6891 6.1.1: "If a query message with more than one OPT RR is received, a FORMERR (RCODE=1) MUST be returned."
    if (options.length > 1) return header(message, responseCodes.formatError);
    const [offered] = options;
    // RFC 6891 6.1.3: "If a responder does not implement the VERSION level of the request, then it MUST respond with RCODE=BADVERS."
    const isKnownVersion = offered === undefined || offered.ednsVersion <= EDNS_VERSION;
    const reply = isKnownVersion ? answer(question) : { code: responseCodes.badVersion, answers: [], authorities: [] };
    return encode(query, question, offered, reply, transport);
  } catch {
    // dns-packet throws on whatever it cannot read, and on names that it read but cannot write.
    return header(message, responseCodes.formatError);
  }
}

function encode(
  query: Packet,
  question: Question,
  offered: OptAnswer | undefined,
  reply: Reply,
  transport: "udp" | "tcp",
): Buffer {
  const isOurs = reply.code === responseCodes.noError || reply.code === responseCodes.nameError;
  const authority = isOurs ? packet.AUTHORITATIVE_ANSWER : 0;
  const response: Packet = {
    type: "response",
    id: query.id,
    // RFC 6891 6.1.3: the header has the lower four bits of the code, the OPT record those above.
    flags: authority | ((query.flags ?? 0) & packet.RECURSION_DESIRED) | (reply.code & 0xf),
    questions: [question],
    additionals: offered === undefined ? [] : [{ ...ownOptions, extendedRcode: reply.code >> 4 }],
  };
  const whole = packet.encode({ ...response, answers: [...reply.answers], authorities: [...reply.authorities] });
  const limit =
    offered === undefined ? plainUdpBytes : Math.min(ednsUdpBytes, Math.max(plainUdpBytes, offered.udpPayloadSize));
  if (transport === "tcp" || whole.length <= limit) return whole;
  // Truncated: the asker comes back over TCP.
  return packet.encode({ ...response, flags: (response.flags ?? 0) | packet.TRUNCATED_RESPONSE });
}

const ownOptions: OptAnswer = {
  type: "OPT",
  name: ".",
  udpPayloadSize: ednsUdpBytes,
  extendedRcode: 0,
  ednsVersion: EDNS_VERSION,
  flags: 0,
  flag_do: false,
  options: [],
};

function isResponse(message: Buffer): boolean {
  return (message.readUInt16BE(2) & 0x8000) !== 0;
}

/** 0 is a plain query (RFC 1035 4.1.1). */
function opcode(message: Buffer): number {
  return (message.readUInt16BE(2) >> 11) & 0xf;
}

/** A response that is only a header: for questions that could not be read. */
function header(message: Buffer, code: number): Buffer {
  return packet.encode({ type: "response", id: message.readUInt16BE(0), flags: code });
}
