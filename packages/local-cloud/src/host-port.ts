/** Where something listens. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, as variables and messages write it. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host}:${port}`;
}
