/** When a connection has no ids left for further streams. */

import type { Goaway } from "../transport.ts";

/** RFC 9113 5.1.1: "Stream identifiers cannot be reused." At 10,000 calls a second the last one is reached after 29 hours. */
const LAST_STREAM_ID = 0x7fff_ffff;

/** From this one on a connection takes no new streams, so that none fails for want of an id: node:http2 resets streams behind the last. */
export const RETIRE_AT_STREAM_ID: number = LAST_STREAM_ID - 1_024;

/** What a connection reports that retires, as if the peer had sent it: streams that are open go on, new ones go to the next connection. */
export const NO_IDS_LEFT: Goaway = { errorCode: 0, lastStreamId: LAST_STREAM_ID, debug: "no stream ids left" };
