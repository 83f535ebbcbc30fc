#!/usr/bin/env bash
# Plans, deploys and destroys the system on AWS. A re-run is always safe: it does the steps that are still missing.
#
# The steps of a deployment, each in its own file of deploy/:
#   options -> preflight -> settings -> repositories -> images -> plan -> consent -> apply -> rollout -> outputs
#
# Exit codes: 0 done, 1 a step failed, 2 wrong use or something is missing (nothing has changed).
# Runs on bash 3.2, which macOS has: no associative arrays, and an empty array needs ${array[@]+"${array[@]}"}.
set -euo pipefail

INFRA=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
ROOT=$(dirname "$INFRA")
SERVICES=(workflow-engine workflow-agent api-gateway)
export AWS_PAGER="" # no pager, which would wait for a key
export TF_IN_AUTOMATION=1 # no advice to apply a plan that this script deletes
# Images without attestations: ECR cannot scan an index of an image and its attestations.
export BUILDX_NO_DEFAULT_ATTESTATIONS=1
# Terraform refuses to apply a saved plan with another value.
unset TF_VAR_image_tag

# shellcheck source=deploy/say.sh
. "$INFRA/deploy/say.sh"
# shellcheck source=deploy/options.sh
. "$INFRA/deploy/options.sh"
# shellcheck source=deploy/preflight.sh
. "$INFRA/deploy/preflight.sh"
# shellcheck source=deploy/terraform.sh
. "$INFRA/deploy/terraform.sh"
# shellcheck source=deploy/images.sh
. "$INFRA/deploy/images.sh"
# shellcheck source=deploy/rollout.sh
. "$INFRA/deploy/rollout.sh"

run_plan() {
  initialise
  check_configuration
  make_plan
}

run_deploy() {
  initialise
  [ "$skip_images" = yes ] || in_each_region provide_images
  make_plan
  if [ "$plan_is_empty" = yes ]; then
    say "No changes: AWS matches the configuration."
  else
    consent "Apply this plan to $name in ${regions[*]}? Type yes: " yes
    in_each_region remember_previous_tag
    apply_plan
  fi
  if [ "$wait" = yes ]; then
    in_each_region revive
    in_each_region await_rollout
    in_each_region show_target_health
  fi
  show_outputs
}

run_destroy() {
  initialise
  must_be_unprotected
  list_resources
  say "This destroys $name in ${regions[*]} (account $account), with its data."
  consent "Type $name to destroy it: " "$name"
  destroy_everything
}

parse_options "$@"
WORK=$(umask 077 && mktemp -d "${TMPDIR:-/tmp}/deploy.XXXXXX")
# The plan can hold values of secrets: it is deleted with the run.
trap 'rm -rf "$WORK"' EXIT
preflight
"run_$command"
