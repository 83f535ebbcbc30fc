/** What is known of one node: its settings, and in a run what went in and came out. */

import type { JSX } from "preact";
import type { NodeExecution, WorkflowNode } from "../api/types.ts";
import { nameOf } from "../graph/describe-node.ts";
import { Icon } from "./icons.tsx";
import { durationWords, nodeStateWords, timeWords, valueWords } from "./words.ts";

export interface NodeDetailsProps {
  readonly node: WorkflowNode;
  /** More than one in a loop; none before the run reaches the node. */
  readonly executions?: readonly NodeExecution[] | undefined;
  readonly onClose: () => void;
}

export function NodeDetails({ node, executions = [], onClose }: NodeDetailsProps): JSX.Element {
  return (
    <section class="details" aria-label={`Step ${nameOf(node)}`}>
      <header>
        <h3>{nameOf(node)}</h3>
        <button type="button" class="quiet square" aria-label="Close the details" onClick={onClose}>
          <Icon name="cross" size={16} />
        </button>
      </header>
      <dl>
        <Entry name="kind" value={node.subtype ?? ""} />
        {Object.entries(node.configuration ?? {}).map(([name, value]) => (
          <Entry key={name} name={name.replaceAll("_", " ")} value={value} />
        ))}
      </dl>
      {executions.map((execution) => (
        <Execution
          key={execution.node_id}
          execution={execution}
          subtype={node.subtype}
          isOne={executions.length === 1}
        />
      ))}
    </section>
  );
}

function Execution({
  execution,
  subtype,
  isOne,
}: {
  readonly execution: NodeExecution;
  readonly subtype: string | undefined;
  readonly isOne: boolean;
}): JSX.Element {
  const { state = "RUNNING", attempt = 0, start_time, end_time, input, output, error, decision } = execution;
  const words = [
    nodeStateWords(state, subtype),
    attempt > 1 ? `attempt ${attempt}` : "",
    durationWords(start_time, end_time),
  ];
  return (
    <dl>
      <Entry name={isOne ? "state" : execution.node_id} value={words.filter((each) => each !== "").join(" · ")} />
      {execution.wake_time === undefined ? null : <Entry name="until" value={timeWords(execution.wake_time)} />}
      {decision === undefined ? null : (
        <Entry
          name="decision"
          value={`${decision.approved === true ? "approved" : "rejected"} by ${decision.decided_by ?? ""}${decision.comment ? `: ${decision.comment}` : ""}`}
        />
      )}
      {error === undefined ? null : <Entry name="error" value={`${error.code}: ${error.message}`} />}
      {input === undefined ? null : <Entry name="input" value={input} />}
      {output === undefined ? null : <Entry name="output" value={output} />}
      {execution.payload_omitted === true ? <Entry name="output" value="too large to show here" /> : null}
    </dl>
  );
}

function Entry({ name, value }: { readonly name: string; readonly value: unknown }): JSX.Element {
  const text = valueWords(value);
  return (
    <div>
      <dt>{name}</dt>
      <dd>{text.includes("\n") ? <pre tabIndex={0}>{text}</pre> : text}</dd>
    </div>
  );
}
