/**
 * Buffers that frames are gathered in, for all connections of the process: a connection that has nothing to send holds none. A fresh
 * buffer of 64 KiB costs as much as three calls.
 */

/** About a hundred calls of a tick. */
const SMALL_SLAB_BYTES = 16_384;

/** What one tick sends of large messages. */
export const LARGE_SLAB_BYTES = 262_144;

/** 256 KiB and 1 MiB are kept at most. */
const MAX_FREE_SMALL = 16;
const MAX_FREE_LARGE = 4;

const freeSmall: Buffer[] = [];
const freeLarge: Buffer[] = [];

/** A buffer of at least so many bytes. Its contents are arbitrary. */
export function takeSlab(minBytes: number): Buffer {
  if (minBytes <= SMALL_SLAB_BYTES) return freeSmall.pop() ?? Buffer.allocUnsafeSlow(SMALL_SLAB_BYTES);
  if (minBytes <= LARGE_SLAB_BYTES) return freeLarge.pop() ?? Buffer.allocUnsafeSlow(LARGE_SLAB_BYTES);
  return Buffer.allocUnsafeSlow(minBytes);
}

/** Gives a buffer back. Nothing may read or write it any more. */
export function giveBack(slab: Buffer): void {
  if (slab.length === SMALL_SLAB_BYTES && freeSmall.length < MAX_FREE_SMALL) freeSmall.push(slab);
  else if (slab.length === LARGE_SLAB_BYTES && freeLarge.length < MAX_FREE_LARGE) freeLarge.push(slab);
}
