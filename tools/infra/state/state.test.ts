import { expect, test } from "vitest";
import { prune } from "./prune.ts";
import { difference, merge, type State } from "./state.ts";

const REGION = "module.region.";
const subnet = {
  address: `${REGION}aws_subnet.private[0]`,
  mode: "managed" as const,
  values: { arn: "zz11yy22", id: "ab12cd34", tags: { Name: "x" }, timeouts: null, vpc_id: "qw12er34" },
};
const balancer = {
  address: `${REGION}aws_lb.api`,
  mode: "managed" as const,
  values: {
    access_logs: [{ prefix: "up99down" }],
    name: "internal",
    subnets: ["ab12cd34"],
    policy: '{"Resource":"ab12cd34"}',
  },
  depends_on: [`${REGION}aws_subnet.private`, `${REGION}data.aws_partition.current`],
};
const printed = {
  root_module: { child_modules: [{ address: "module.region", resources: [balancer, subnet] }] },
  outputs: { subnet: { value: "ab12cd34" } },
};

test("a mocked value becomes the address of its attribute where it is used, and is removed elsewhere", () => {
  expect(prune(printed, 'name = "internal"')).toEqual({
    modules: {
      region: {
        "aws_lb.api": {
          values: {
            name: "internal",
            policy: { Resource: "aws_subnet.private[0].id" },
            subnets: ["aws_subnet.private[0].id"],
          },
          after: ["aws_subnet.private"],
        },
        "aws_subnet.private[0]": { values: {} },
      },
    },
    outputs: { subnet: "module.region.aws_subnet.private[0].id" },
  });
});

test("two applies with different mocked values make the same state", () => {
  const again = JSON.parse(JSON.stringify(printed).replaceAll("ab12cd34", "00xx00yy").replace("up99down", "downup11"));
  expect(prune(again, '"internal"')).toEqual(prune(printed, '"internal"'));
});

test("a state is the same after it was written as a difference with changed, added and removed resources", () => {
  const base: State = { modules: { region: { a: { values: { n: 1 } }, b: { values: {} } } }, outputs: { o: "1" } };
  const state: State = {
    modules: { region: { a: { values: { n: 2 } }, c: { values: {} } }, x: { d: { values: {} } } },
    outputs: { o: "2" },
  };
  const file = difference(state, base);
  expect(file.modules["region"]?.["b"]).toBe(null);
  expect(merge({ hcl: "", provider: "", ...file }, base)).toEqual(state);
});
