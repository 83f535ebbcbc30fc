/** Nothing of this process runs for `ms`: no timer, and no read of a socket. Bytes of other processes arrive meanwhile. */
export function blockEventLoop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
