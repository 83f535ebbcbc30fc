/** Another attempt may have another answer; not so for the other 4xx. */
const RETRYABLE_4XX: readonly number[] = [408, 425, 429];

/** Whether a request that failed with this status may succeed later. */
export function isRetryableStatus(status: number): boolean {
  return status >= 500 || RETRYABLE_4XX.includes(status);
}
