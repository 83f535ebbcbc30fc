/** The fields of a log line in JSON. */
export type Line = Readonly<Record<string, unknown>>;

/**
 * Whether a filter pattern of CloudWatch Logs matches a line: `{ $.level = "fatal" }`, or several such terms with `&&`.
 * A field that the line lacks equals no value.
 * @throws Error for any other pattern
 */
export function matchesPattern(pattern: string, line: Line): boolean {
  const inner = /^\{(.*)\}$/s.exec(pattern.trim())?.[1];
  if (inner === undefined) throw new Error(`${pattern}: expected { $.field = "value" }`);
  return inner.split("&&").every((term) => {
    const [, field = "", value] = /^\s*\$\.(\w+)\s*=\s*"([^"]*)"\s*$/.exec(term) ?? [];
    if (value === undefined)
      throw new Error(`${pattern}: ${term.trim()} is not supported here, only $.field = "value"`);
    return line[field] === value;
  });
}
