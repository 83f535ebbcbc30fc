/** The address of a listener. */
export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, the form in variables and messages. */
export function formatHostPort({ host, port }: HostPort): string {
  return `${host}:${port}`;
}
