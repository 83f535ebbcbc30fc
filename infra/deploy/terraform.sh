# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # set and read by the other files
# Terraform, in infra/ and without questions. The image tag is its last argument, so that no file overrides it.
# Sets: name, regions, environment, architecture, plan_is_empty.

terraform_here() {
  terraform -chdir="$INFRA" "$@"
}

# Runs a command of Terraform. If the state is locked, shows the holder of the lock: guarded COMMAND [ARGUMENTS…]
guarded() {
  local status=0
  terraform_here "$@" 2>"$WORK/stderr" || status=$?
  cat "$WORK/stderr" >&2
  # plan -detailed-exitcode: 2 means that there are changes.
  [ "$status" -eq 0 ] || [ "$status" -eq 2 ] || { explain_lock; die 1 "terraform $1 failed"; }
  return "$status"
}

explain_lock() {
  local id who
  grep -q "acquiring the state lock" "$WORK/stderr" || return 0
  # With S3, a RequestID and a HostID precede it.
  id=$(sed -n 's/^[^A-Za-z]*ID: *\([0-9a-f-]\{36\}\).*/\1/p' "$WORK/stderr" | head -n 1)
  who=$(sed -n 's/.*Who: *\([^ ]*\).*/\1/p' "$WORK/stderr" | head -n 1)
  say "The state is locked by ${who:-another run}. If that run has ended: terraform -chdir=$INFRA force-unlock $id" >&2
}

# Fills the array `variables` with the arguments that each plan and apply gets.
set_variables() {
  variables=()
  [ -z "$var_file" ] || variables=(-var-file="$var_file")
}

initialise() {
  step "terraform init"
  guarded init -input=false
  set_variables
  read_settings
  say "$name in ${regions[*]}, account $account"
  must_be_of_this_state
  choose_tag
}

# Read by Terraform, because a value may come from a file, from TF_VAR_… or be the default.
read_settings() {
  local settings
  # Warnings come first, on the same stream. Console takes the lock, too.
  # shellcheck disable=SC2016 # Terraform's variables, not the shell's
  settings=$(guarded console ${variables[@]+"${variables[@]}"} \
    <<<'"${join(" ", compact([local.name, var.environment, var.cpu_architecture, var.aws_region, var.secondary_region]))}"' |
    tail -n 1) || exit
  read -r name environment architecture regions <<<"$(printf '%s' "$settings" | tr -d '"')"
  [ -n "$regions" ] || die 1 "terraform cannot read the variables: $settings"
  read -r -a regions <<<"$regions"
  if [ "$command" = destroy ]; then check_confirmation; fi
}

# The variables must name the system in the state. With the values of another system, Terraform would replace or destroy the
# one in the state. With another region it would look for the resources there, find none, and drop them from the state, while
# they go on running. Without the second region it would find those of the first one by their names, and destroy them.
must_be_of_this_state() {
  local deployed first second
  # Without a deployment the output is a warning.
  deployed=$(terraform_here output -raw name 2>/dev/null | grep -E '^[a-z][a-z0-9-]*$' || true)
  [ -n "$deployed" ] || return 0
  [ "$deployed" = "$name" ] ||
    die 2 "the state is of $deployed, and the variables name $name: use a state of its own for $name (another clone, or another key in backend.tf)"
  read -r first second <<<"$(terraform_here output -raw regions 2>/dev/null || true)"
  [ "$first" = "${regions[0]}" ] ||
    die 2 "the state is of $first, and aws_region is ${regions[0]}: set it back, or use a state of its own for the other region"
  [ -n "$second" ] && [ "$second" != "${regions[1]:-}" ] || return 0
  # After its destruction only the output still names it.
  terraform_here state list | grep -q '^module\.secondary' || return 0
  die 2 "the state has a second region, and secondary_region is not $second any more: set it again, and first run
  terraform -chdir=$INFRA destroy -target='module.secondary[0]' -var image_tag=none"
}

# Runs a function in each region, with the AWS CLI set to that region: in_each_region COMMAND
in_each_region() {
  for region in "${regions[@]}"; do
    export AWS_REGION=$region AWS_DEFAULT_REGION=$region
    "$@"
  done
}

check_confirmation() {
  [ -z "$confirm" ] || [ "$confirm" = "$name" ] || die 2 "--confirm $confirm: this is $name"
  [ "$environment" != production ] || [ "$yes" = no ] || [ "$confirm" = "$name" ] ||
    die 2 "destroying production needs --confirm $name"
}

check_configuration() {
  step "terraform validate"
  guarded validate
}

make_plan() {
  local status=0
  step "terraform plan (image tag $image_tag)"
  guarded plan -input=false -detailed-exitcode -out="$WORK/plan" ${variables[@]+"${variables[@]}"} -var "image_tag=$image_tag" |
    tee "$WORK/plan.txt" || status=$?
  case "$status" in
    0) plan_is_empty=yes ;;
    2) plan_is_empty=no ;;
    *) exit "$status" ;;
  esac
  say "$(grep -E '^(Plan:|No changes)' "$WORK/plan.txt" || true)"
}

apply_plan() {
  step "terraform apply"
  # The plan holds all variables except for the secrets, which are ephemeral.
  guarded apply -input=false ${variables[@]+"${variables[@]}"} "$WORK/plan"
}

list_resources() {
  step "Resources that would be destroyed"
  terraform_here state list
}

destroy_everything() {
  step "terraform destroy"
  guarded destroy -input=false -auto-approve ${variables[@]+"${variables[@]}"} -var "image_tag=$image_tag"
  in_each_region retire_revisions
  say "$name is destroyed."
}

# AWS would refuse to delete the load balancers after Terraform has deleted other resources. The output is of the last apply.
must_be_unprotected() {
  [ "$(terraform_here output -raw deletion_protection 2>/dev/null || true)" != true ] ||
    die 2 "the load balancers of $name have deletion protection: set deletion_protection = false, run ./deploy.sh deploy, then destroy"
}

# Terraform keeps every revision of the task definitions, so that a rollback finds its own. A destroy deregisters them.
retire_revisions() {
  local service revision
  for service in "${SERVICES[@]}"; do
    for revision in $(aws ecs list-task-definitions --family-prefix "$name-$service" --query 'taskDefinitionArns[]' --output text); do
      aws ecs deregister-task-definition --task-definition "$revision" --query taskDefinition.status --output text >/dev/null
    done
  done
}

show_outputs() {
  step "Outputs"
  terraform_here output
  cat <<TEXT

Next, in $INFRA:
  export AWS_DEFAULT_REGION=\$(terraform output -raw aws_region)
  aws ecs describe-services --cluster \$(terraform output -raw ecs_cluster_name) --services workflow-agent-service
  aws logs tail /ecs/$name --follow
TEXT
}
