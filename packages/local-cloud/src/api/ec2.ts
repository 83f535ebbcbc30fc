import { ACCOUNT_ID } from "../aws-names.ts";
import { FLOWS, type Flow, SECURITY_GROUPS, securityGroupId, securityGroupName } from "../security-groups.ts";
import { ApiError } from "./api-error.ts";
import type { CloudView } from "./cloud-view.ts";
import type { QueryService } from "./wire/query.ts";
import type { QueryInput } from "./wire/query-input.ts";
import type { Xml } from "./wire/xml.ts";

/** EC2: `DescribeSecurityGroups`. */
export const ec2: QueryService = {
  version: "2016-11-15",
  xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
  dialect: "ec2",
  actions: {
    DescribeSecurityGroups: (input, cloud) => {
      const groups = Object.keys(SECURITY_GROUPS);
      const ids = input.texts("GroupId");
      const unknown = ids.find((id) => !groups.some((group) => securityGroupId(cloud.name, group) === id));
      if (unknown !== undefined) {
        throw new ApiError("InvalidGroup.NotFound", `The security group '${unknown}' does not exist`);
      }
      const found = groups
        .filter((group) => ids.length === 0 || ids.includes(securityGroupId(cloud.name, group)))
        .filter((group) => passes(group, input, cloud));
      return { securityGroupInfo: { item: found.map((group) => groupDocument(group, cloud)) } };
    },
  },
};

/** Whether the group matches every filter of the request. */
function passes(group: string, input: QueryInput, { name }: CloudView): boolean {
  const facts: Readonly<Record<string, string>> = {
    "group-id": securityGroupId(name, group),
    "group-name": securityGroupName(name, group),
  };
  for (let n = 1; ; n++) {
    const filter = input.text(`Filter.${n}.Name`);
    if (filter === undefined) return true;
    const fact = Object.hasOwn(facts, filter) ? facts[filter] : undefined;
    if (fact === undefined) {
      throw new ApiError("InvalidParameterValue", `The filter '${filter}' is invalid: expected group-id or group-name`);
    }
    if (!input.texts(`Filter.${n}.Value`).includes(fact)) return false;
  }
}

function groupDocument(group: string, cloud: CloudView): Xml {
  const rules = (own: "from" | "to", other: "from" | "to"): Xml => ({
    item: FLOWS.filter((flow) => flow[own] === group).map((flow) => ruleDocument(flow, flow[other], cloud)),
  });
  return {
    ownerId: ACCOUNT_ID,
    groupId: securityGroupId(cloud.name, group),
    groupName: securityGroupName(cloud.name, group),
    groupDescription: SECURITY_GROUPS[group],
    ipPermissions: rules("to", "from"),
    ipPermissionsEgress: rules("from", "to"),
  };
}

function ruleDocument({ port }: Flow, peer: string, cloud: CloudView): Xml {
  const isGroup = Object.hasOwn(SECURITY_GROUPS, peer);
  return {
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    groups: { item: isGroup ? [{ userId: ACCOUNT_ID, groupId: securityGroupId(cloud.name, peer) }] : [] },
    ipRanges: { item: isGroup ? [] : [{ cidrIp: peer === "internet" ? "0.0.0.0/0" : cloud.vpcCidr }] },
  };
}
