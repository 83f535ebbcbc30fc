import { toPlain, toText, Unknown, type Value } from "./value.ts";

/** @throws Error for an operator that HCL does not have */
export function binary(operator: string, left: Value, evaluateRight: () => Value): Value {
  // Terraform evaluates both sides; one that decides alone needs no value of the other.
  if (operator === "&&" && left === false) return false;
  if (operator === "||" && left === true) return true;
  const right = evaluateRight();
  const unknown = [left, right].find((value) => value instanceof Unknown);
  if (unknown instanceof Unknown) return new Unknown(`(${toText(left)} ${operator} ${toText(right)})`);
  return known(operator, left, right);
}

function known(operator: string, left: Value, right: Value): Value {
  switch (operator) {
    case "==":
      return isSame(left, right);
    case "!=":
      return !isSame(left, right);
    case "&&":
    case "||":
      return right;
    case "<":
      return Number(left) < Number(right);
    case ">":
      return Number(left) > Number(right);
    case "<=":
      return Number(left) <= Number(right);
    case ">=":
      return Number(left) >= Number(right);
    case "+":
      return Number(left) + Number(right);
    case "-":
      return Number(left) - Number(right);
    case "*":
      return Number(left) * Number(right);
    case "/":
      return Number(left) / Number(right);
    case "%":
      return Number(left) % Number(right);
    default:
      throw new Error(`no such operator: ${operator}`);
  }
}

function isSame(left: Value, right: Value): boolean {
  return JSON.stringify(toPlain(left)) === JSON.stringify(toPlain(right));
}
