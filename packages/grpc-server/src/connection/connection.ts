/** A connection of the server, of any protocol, as its listener ends it. */
export interface Connection {
  /** The client has begun to speak its protocol, so that it understands an announced end. */
  readonly isReady: boolean;
  /** Ends the connection in order: no new calls, and those that are open or under way are served. `debug`: why, for HTTP/2. */
  goAway(debug?: string): void;
  /** Ends it now, with its calls. */
  destroy(): void;
}
