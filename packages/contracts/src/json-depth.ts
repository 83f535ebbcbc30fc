/**
 * Most levels of lists and objects in a JSON value that a `google.protobuf.Value` or `Struct` of ours carries; a number is
 * at level 0, `[1]` has one level. Each level is two nested messages (Value in ListValue or Struct), and protobuf-es
 * decodes at most 100: 48 levels inside `GetRunResponse.run.node_executions.output`. Two of them belong to the engine,
 * which gathers values of several nodes under their ids; one is spare.
 */
export const MAX_JSON_DEPTH = 45;
