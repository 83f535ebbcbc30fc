/** The JSON of the gateway's API, as far as the page reads it. Streams leave out fields that are empty or zero. */

export interface WorkflowNode {
  readonly id: string;
  readonly name?: string;
  readonly type?: string;
  readonly subtype?: string;
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly needs_input?: readonly string[];
  readonly retry_policy?: { readonly max_attempts?: number };
}

interface Connection {
  readonly from_node: string;
  readonly to_node: string;
  readonly output_key?: string;
}

export interface WorkflowSpec {
  readonly name?: string;
  readonly description?: string;
  readonly nodes?: readonly WorkflowNode[];
  readonly connections?: readonly Connection[];
}

export interface Issue {
  readonly severity?: "ERROR" | "WARNING" | "INFO";
  readonly code?: string;
  readonly message?: string;
  readonly path?: string;
}

export interface Workflow {
  readonly id: string;
  readonly version: number;
  readonly spec?: WorkflowSpec;
  readonly active?: boolean;
  readonly trigger?: { readonly next_fire_time?: string; readonly hook_path?: string };
}

export interface Question {
  readonly id: string;
  readonly text: string;
  readonly options?: readonly string[];
}

export interface TurnMessage {
  readonly message?: string;
  readonly sequence?: number;
  readonly turn_id?: string;
  readonly fence?: string;
  readonly stage_changed?: { readonly stage?: string; readonly detail?: string };
  readonly clarification_asked?: { readonly questions?: readonly Question[] };
  readonly workflow_proposed?: {
    readonly spec?: WorkflowSpec;
    readonly issues?: readonly Issue[];
    readonly not_understood?: readonly string[];
  };
  readonly output_truncated?: { readonly keep_through_sequence?: number };
  /** Of an event that says only that the connection is there. `recovering`: no agent works on the turn at this moment. */
  readonly heartbeat?: { readonly recovering?: boolean };
  readonly turn_failed?: TurnFailure;
  readonly turn_completed?: { readonly usage?: { readonly takeovers?: number } };
}

export interface TurnFailure {
  readonly code?: string;
  readonly reason?: string;
  readonly detail?: string;
  readonly retryable?: boolean;
}

export interface Conversation {
  readonly messages: readonly {
    readonly role: "USER" | "ASSISTANT";
    readonly text: string;
    readonly turn_id?: string;
  }[];
  readonly draft?: WorkflowSpec;
  readonly active_turn_id: string;
  readonly open_questions: readonly Question[];
  /** Empty if the draft was not stored in the chat; absent from older agents. */
  readonly stored_workflow_id?: string;
}

export interface ConversationList {
  readonly conversations: readonly { readonly conversation_id: string; readonly title: string }[];
  /** Empty on the last page. */
  readonly next_page_token: string;
}

export type RunState = "PENDING" | "RUNNING" | "WAITING" | "SUCCEEDED" | "FAILED" | "CANCELED" | "TIMED_OUT";

export type NodeState = "RUNNING" | "WAITING" | "RETRYING" | "SUCCEEDED" | "FAILED" | "SKIPPED" | "CANCELED";

export interface RunError {
  readonly code?: string;
  readonly message?: string;
  readonly node_id?: string;
}

export interface NodeExecution {
  readonly node_id: string;
  readonly state?: NodeState;
  readonly attempt?: number;
  readonly start_time?: string;
  readonly end_time?: string;
  readonly wake_time?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly output_key?: string;
  readonly payload_omitted?: boolean;
  readonly error?: RunError;
  readonly decision?: { readonly approved?: boolean; readonly comment?: string; readonly decided_by?: string };
}

export interface Approval {
  readonly node_id: string;
  readonly prompt?: string;
  readonly expire_time?: string;
}

export interface Run {
  readonly id: string;
  readonly workflow_id: string;
  readonly workflow_version: number;
  readonly state: RunState;
  readonly create_time?: string;
  readonly end_time?: string;
  readonly error?: RunError;
  readonly output?: unknown;
  readonly rerun_of?: string;
  /** In the answer for one run. */
  readonly node_executions?: readonly NodeExecution[];
  readonly pending_approvals?: readonly Approval[];
}

export interface RunMessage {
  readonly sequence?: number;
  readonly run_state_changed?: { readonly state?: RunState; readonly error?: RunError };
  readonly node_changed?: NodeExecution;
  readonly approval_requested?: Approval;
  readonly history_truncated?: object;
}
