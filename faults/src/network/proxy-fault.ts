/**
 * What a TCP proxy does to its connections.
 *
 * - `delay`: every byte arrives later.
 * - `stall`: no byte passes; all of them pass when the fault ends. New connections are accepted.
 * - `half-open`: bytes vanish in both directions, on connections that exist and on new ones, and stay lost.
 * - `forget`: a connection that was idle for `idleMs` loses all later bytes, as behind a NAT or an NLB. Others work.
 * - `silent`: existing connections are reset; new ones are accepted and get no byte.
 * - `reset`: existing connections and new ones end with RST.
 * - `refuse`: existing connections are reset; nothing listens.
 * - `cut`: a response ends with FIN after so many bytes of the connection, within a frame.
 * - `bandwidth`: so many bytes a second from the server.
 * - `corrupt`: one bit of each chunk from the server is flipped.
 */
export type ProxyFault =
  | { readonly kind: "none" }
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "stall" }
  | { readonly kind: "half-open" }
  | { readonly kind: "forget"; readonly idleMs: number }
  | { readonly kind: "silent" }
  | { readonly kind: "reset" }
  | { readonly kind: "refuse" }
  | { readonly kind: "cut"; readonly afterBytes: number }
  | { readonly kind: "bandwidth"; readonly bytesPerSecond: number }
  | { readonly kind: "corrupt" };
