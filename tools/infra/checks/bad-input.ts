import type { ValueObject } from "../hcl/value.ts";
import type { Subject } from "./subject.ts";

/** Real ones, so that nothing but the bad value is refused. */
export const GOOD: ValueObject = {
  anthropic_api_key: "sk-a",
  openai_api_key: "sk-b",
  supabase_secret_key: "c",
  supabase_service_key: "d",
  supabase_url: "https://project.supabase.co",
};

const CERTIFICATE = "arn:aws:acm:eu-west-1:000000000000:certificate/elsewhere";

/** What people get wrong, with the variable that the sentence has to name. */
const BAD: readonly (readonly [variable: string, values: ValueObject])[] = [
  ["openai_api_key", { openai_api_key: "your-openai-api-key" }],
  ["supabase_url", { supabase_url: "https://your-project.supabase.co" }],
  ["anthropic_api_key", { anthropic_api_key: "" }],
  ["supabase_service_key", { supabase_service_key: null }],
  ["supabase_url", { supabase_url: "project.supabase.co" }],
  ["api_keys", { auth_mode: "api_key", secrets: ["api_keys"], api_keys: "atk_the-key-itself" }],
  ["api_keys", { auth_mode: "api_key", secrets: ["api_keys"], api_keys: "me:5f0c…:admin" }],
  ["vpc_cidr", { vpc_cidr: "10.0.0.0/33" }],
  ["vpc_cidr", { vpc_cidr: "10.0.0.1" }],
  ["az_count", { az_count: 1 }],
  ["project_name", { project_name: "agent-team-of-the-house" }],
  ["desired_count", { desired_count: 0 }],
  ["workflow_agent_memory", { workflow_agent_cpu: 256, workflow_agent_memory: 8192 }],
  ["certificate_arn", { certificate_arn: CERTIFICATE }],
  ["auth_mode", { auth_mode: "none", environment: "production" }],
  ["auth_mode", { auth_mode: "none", environment: "trial" }],
  ["auth_mode", { auth_mode: "none", environment: "trial", alb_ingress_cidrs: ["0.0.0.0/1", "128.0.0.0/1"] }],
  ["image_tag", { image_tag: "latest" }],
  ["nat_gateway", { nat_gateway: "none", vpc_endpoints: false }],
];

/** Each is refused before anything is planned, by a sentence that names the variable; good ones are not. */
export function checkBadInput(subject: Subject): readonly string[] {
  const refused = subject.plan(GOOD).refusals();
  return [
    ...refused.map((message) => `good values are refused: ${message}`),
    ...BAD.flatMap(([variable, values]) => {
      const messages = subject.plan({ ...GOOD, ...values }).refusals();
      const isNamed = messages.some((message) => message.includes(variable) && message.trim().endsWith("."));
      return isNamed ? [] : [`${JSON.stringify(values)} is not refused by a sentence that names ${variable}`];
    }),
  ];
}
