/** The address of one task, from its launch to its end. */
export interface Placement {
  readonly host: string;
  readonly port: number;
  /** The port of the health endpoints (`/livez`, `/readyz`) on the same host. */
  readonly healthPort: number;
  readonly zone: string;
}
