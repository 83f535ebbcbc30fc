/** What is known of the firings of one CRON trigger. */
export interface ScheduleState {
  /** The workflow's version and activation that it belongs to: a change of either begins anew. */
  readonly stamp: string;
  /** The first firing that was not handled; absent when none will come. */
  readonly nextMs?: number | undefined;
  /** The last firing that started a run. */
  readonly lastMs?: number | undefined;
  /** Firings that became one with a later firing. */
  readonly missed: number;
  /** Firings that started no run, by the overlap or catch-up policy. Absent: none. */
  readonly skipped?: number | undefined;
}

/**
 * The active CRON triggers by workflow, each with the moment at which an engine looks at it. As with runs, the queue says who
 * looks; what fires follows from the workflow and the state.
 */
export interface Schedules {
  /** Sets the moment of a workflow's trigger. */
  arm(workflowId: string, inMs: number): Promise<void>;

  /** The workflows of which the moment has passed; they are this caller's for one lease. */
  takeDue(): Promise<readonly string[]>;

  /** Arms each trigger that has a state and is not armed. */
  putMissing(): Promise<void>;

  read(workflowId: string): Promise<ScheduleState | undefined>;
  write(workflowId: string, state: ScheduleState): Promise<void>;

  /** Forgets the trigger of a workflow that is not active any more. */
  remove(workflowId: string): Promise<void>;
}
