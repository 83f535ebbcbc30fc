export { turns, until } from "@agent-team/test-support/until";
