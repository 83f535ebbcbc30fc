/** For tests of other workspaces: a service with the four kinds of method, and a server on loopback. */

export { Echo } from "./echo.ts";
export { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";
export { TlsFiles } from "./tls-files.ts";
