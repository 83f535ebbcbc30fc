# shellcheck shell=bash
# shellcheck disable=SC2154 # set by the other files
# Waits until ECS runs the new tasks in $region. If that fails, shows why, and the command that rolls back.

POLL_SECONDS=10
# 20 minutes: a slow pull, three health checks' grace, two minutes of deregistration, a drain of two, and the five for which
# ECS watches the alarms before the deployment is completed.
POLLS=120
LOG_SECONDS=900 # the longest time since this run began

# The tag before this deployment, for a rollback; empty at a first deployment. Of two regions the first one's: they are
# deployed together.
remember_previous_tag() {
  [ -n "${previous_tag:-}" ] || previous_tag=$(running_tag workflow-agent 2>/dev/null || true)
}

# The tag of the image that a service's current task definition names: a rollback changes it.
running_tag() {
  local definition image
  definition=$(describe_service "$1" 'services[0].taskDefinition') || return
  case "$definition" in "" | None) return 1 ;; esac
  image=$(aws ecs describe-task-definition --task-definition "$definition" --output text \
    --query "taskDefinition.containerDefinitions[?name=='$1'].image | [0]") || return
  printf '%s' "${image##*:}"
}

# describe_service SERVICE QUERY
describe_service() {
  aws ecs describe-services --cluster "$name" --services "$1-service" --query "$2" --output text
}

# ECS does not retry a failed first deployment, and a plan without changes would not start another one.
revive() {
  local service
  for service in "${SERVICES[@]}"; do
    [ "$(describe_service "$service" "services[0].deployments[?status=='PRIMARY'] | [0].rolloutState" 2>/dev/null || true)" = FAILED ] || continue
    say "$service failed in $region before: deploying it again"
    aws ecs update-service --cluster "$name" --service "$service-service" --force-new-deployment --query service.status --output text
  done
}

await_rollout() {
  local poll service pending
  step "Waiting for the services in $region, at most $((POLLS * POLL_SECONDS / 60)) minutes"
  for ((poll = 0; poll < POLLS; poll++)); do
    pending=""
    for service in "${SERVICES[@]}"; do look_at "$service"; done
    if [ -z "$pending" ]; then
      for service in "${SERVICES[@]}"; do must_run_tag "$service"; done
      return
    fi
    say "$((poll * POLL_SECONDS)) s:$pending"
    sleep "$POLL_SECONDS"
  done
  for service in "${SERVICES[@]}"; do
    case "$pending" in *" $service "*) explain_failure "$service" ;; esac
  done
  fail_rollout "not healthy in $region after $((POLLS * POLL_SECONDS / 60)) minutes:$pending"
}

# Adds a service that is not healthy to `pending`; ends the run when its deployment has failed.
look_at() {
  local status desired running state
  # A call that fails is repeated with the next poll.
  read -r status desired running state <<<"$(describe_service "$1" \
    "services[0].[status, desiredCount, runningCount, deployments[?status=='PRIMARY'] | [0].rolloutState]" || true)"
  case "$status" in
    ACTIVE) ;;
    "")
      pending="$pending $1 (no answer)"
      return
      ;;
    # None: the service does not exist. A service that is being deleted never becomes healthy.
    *) fail_rollout "the service $1-service in $region is ${status/None/missing}" ;;
  esac
  if [ "$state" = FAILED ]; then
    explain_failure "$1"
    fail_rollout "$1 did not become healthy in $region, and there is nothing to roll back to"
  fi
  [ "$state" = COMPLETED ] || pending="$pending $1 ($running of $desired, $state)"
}

# After a rollback ECS reports the deployment of the old image as completed.
must_run_tag() {
  local tag
  tag=$(running_tag "$1") || die 1 "the task definition of $1 cannot be read"
  if [ "$tag" = "$full_tag" ]; then
    say "$1 runs $tag in $region"
  else
    explain_failure "$1"
    fail_rollout "$1 runs $tag in $region and not $full_tag: ECS rolled it back"
  fi
}

explain_failure() {
  local task
  step "$1: last events"
  aws ecs describe-services --cluster "$name" --services "$1-service" --query 'services[0].events[:5].[createdAt, message]' --output text || true
  step "$1: last stopped tasks"
  task=$(aws ecs list-tasks --cluster "$name" --service-name "$1-service" --desired-status STOPPED --query 'taskArns[0]' --output text || true)
  case "$task" in
    "" | None) say "none" ;;
    *) aws ecs describe-tasks --cluster "$name" --tasks "$task" --output text \
      --query 'tasks[].[stopCode, stoppedReason, containers[0].exitCode, containers[0].reason]' || true ;;
  esac
  step "$1: last log lines"
  # Not `aws logs tail`, which version 1 of the command line lacks. Times are milliseconds.
  aws logs filter-log-events --log-group-name "/ecs/$name" --log-stream-name-prefix "$1/" \
    --start-time "$(($(date +%s) - LOG_SECONDS))000" --query 'events[].[message]' --output text | tail -n 20 || true
}

fail_rollout() {
  [ -z "${previous_tag:-}" ] || [ "$previous_tag" = "$full_tag" ] ||
    say "To roll back: ./deploy.sh deploy --image-tag $previous_tag" >&2
  die 1 "$1"
}

show_target_health() {
  step "Targets of the load balancer in $region"
  # The target group from ECS: the outputs have the first region's only.
  aws elbv2 describe-target-health --target-group-arn "$(describe_service workflow-agent 'services[0].loadBalancers[0].targetGroupArn')" \
    --query 'TargetHealthDescriptions[].[Target.Id, Target.Port, TargetHealth.State, TargetHealth.Reason]' --output text
}
