/** What tests of other workspaces need of a server: a service with all four kinds of method, and a server on loopback. */

export { Echo } from "./echo.ts";
export { type LoopbackServer, serveOnLoopback } from "./serve-on-loopback.ts";
