import { WorkflowAgentService } from "@agent-team/contracts";
import { createChannel } from "@agent-team/grpc-client";
import { createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";

// The target: WORKFLOW_SERVICE_HOST and _PORT, else _LB_ENDPOINT, else _CLOUD_MAP, else _DNS_NAME.
const channel = createChannel("env:WORKFLOW_SERVICE:50051");
const agent = createClient(WorkflowAgentService, createConnectTransport(channel));

const request = { conversationId: "test-123", message: "Hello, workflow!" };
try {
  for await (const { message } of agent.processConversation(request)) process.stdout.write(message);
} catch (error) {
  console.error(`Error: ${String(error)}`);
  process.exitCode = 1;
} finally {
  await channel.close();
}
