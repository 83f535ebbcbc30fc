import { formatHostPort } from "@agent-team/foundation/host-port";
import { cloudMapIds, ECR_REGISTRY, ecsNames, IMAGE_TAG, logGroupName, REGION } from "../aws-names.ts";
import { elbArns } from "../elb/elb-names.ts";
import type { LoadBalancers } from "../elb/load-balancers.ts";
import { SECURITY_GROUPS, securityGroupId } from "../security-groups.ts";
import type { ServiceDefinition } from "../services.ts";

/** The outputs of infra/outputs.tf with the values of the local cloud. All are strings, as in Terraform. */
export function outputsOf(
  name: string,
  definitions: readonly ServiceDefinition[],
  balancers: LoadBalancers,
): Readonly<Record<string, string>> {
  const published = balancers.published;
  const groupOf = (service: string): string => {
    const { balancer, port } = definitions.find((each) => each.name === service) ?? {};
    return balancer === undefined || port === undefined ? "" : elbArns.targetGroup(name, balancer, port);
  };
  const grpc = balancers.addressOf("workflow-agent");
  return {
    api_gateway_target_group_arn: groupOf("api-gateway"),
    api_url: published === undefined ? "" : `http://${formatHostPort(published)}`,
    aws_region: REGION,
    dashboard_name: `${name}-${REGION}`,
    deletion_protection: "false",
    // Empty, as in Terraform without `deployer`.
    deployer_role_arn: "",
    ecr_registry: ECR_REGISTRY,
    ecs_cluster_name: name,
    ecs_service_names: joined(definitions.map((each) => ecsNames.service(each.name))),
    // An address and not the balancer's name: the system resolver of this machine does not know our zone.
    grpc_load_balancer_endpoint: grpc === undefined ? "" : formatHostPort(grpc),
    image_tag: IMAGE_TAG,
    log_group_name: logGroupName(name),
    name,
    regions: REGION,
    security_group_ids: joined(Object.keys(SECURITY_GROUPS).map((group) => securityGroupId(name, group))),
    service_discovery_namespace_id: cloudMapIds.namespace(`${name}.local`),
    service_discovery_namespace_name: `${name}.local`,
    workflow_agent_target_group_arn: groupOf("workflow-agent"),
  };
}

function joined(values: readonly string[]): string {
  return values.toSorted().join(" ");
}
