import { WorkflowAgentService } from "@agent-team/contracts";
import { createChannel } from "@agent-team/grpc-client";
import { cancelOnLeave, createConnectTransport } from "@agent-team/grpc-client/connect";
import { createClient } from "@connectrpc/connect";

const channel = createChannel("env:WORKFLOW_SERVICE:50051");
const agent = createClient(WorkflowAgentService, createConnectTransport(channel));

const request = { conversationId: "test-123", message: "Hello, workflow!", requestId: "first" };
for await (const { message } of cancelOnLeave((signal) => agent.processConversation(request, { signal }))) {
  console.log(message);
  break; // the agent learns of it now
}
await channel.close();
