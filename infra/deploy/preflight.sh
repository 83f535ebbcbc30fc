# shellcheck shell=bash
# shellcheck disable=SC2154 # set by the other files
# Checks everything that a run needs before it begins, so that one run lists all that is missing.
# Sets: account.

TERRAFORM_AT_LEAST="1.11" # write-only arguments keep the secrets out of the state
problems=0

preflight() {
  step "Preflight"
  check_terraform
  check_credentials
  check_variables
  if [ "$command" != destroy ]; then check_source; fi
  if [ "$command" = deploy ] && [ "$skip_images" = no ]; then check_builders; fi
  [ -e "$INFRA/backend.tf" ] || warn "the state is kept in this folder only; infra/backend.tf.example shows how to share it"
  [ "$problems" -eq 0 ] || die 2 "$problems missing, nothing was changed"
}

# missing WHAT WHY HOW
missing() {
  problems=$((problems + 1))
  printf 'missing: %s\n  why: %s\n  how: %s\n' "$1" "$2" "$3" >&2
}

has() {
  command -v "$1" >/dev/null 2>&1
}

check_terraform() {
  local how="https://developer.hashicorp.com/terraform/install" version
  if ! has terraform; then
    missing "terraform $TERRAFORM_AT_LEAST or later" "it creates the infrastructure" "$how"
    return
  fi
  version=$(terraform version 2>/dev/null | sed -n '1s/^Terraform v//p' || true)
  is_at_least "$version" || missing "terraform $TERRAFORM_AT_LEAST or later, found ${version:-no version}" "older ones would write the secrets into the state" "$how"
}

# Compares 1.11.4 with 1.11. No version is older than every other.
is_at_least() {
  local major=${1%%.*} rest=${1#*.}
  local minor=${rest%%.*}
  case "$major$minor" in "" | *[!0-9]*) return 1 ;; esac
  [ "$major" -gt "${TERRAFORM_AT_LEAST%.*}" ] || { [ "$major" -eq "${TERRAFORM_AT_LEAST%.*}" ] && [ "$minor" -ge "${TERRAFORM_AT_LEAST#*.}" ]; }
}

check_credentials() {
  if ! has aws; then
    missing "aws, the command line" "it reads the account, the images and the services" "https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html"
    return
  fi
  if ! account=$(caller_account 2>"$WORK/stderr"); then
    missing "AWS credentials" "$(grep -v '^$' "$WORK/stderr" | tail -n 1 || true)" "aws configure sso, or AWS_PROFILE=…, or AWS_ACCESS_KEY_ID=… and AWS_SECRET_ACCESS_KEY=…"
  elif [ -n "${EXPECTED_AWS_ACCOUNT:-}" ] && [ "$account" != "$EXPECTED_AWS_ACCOUNT" ]; then
    missing "credentials of account $EXPECTED_AWS_ACCOUNT" "EXPECTED_AWS_ACCOUNT names it, and the current credentials belong to $account" "AWS_PROFILE=… of the other account"
  else
    say "account $account"
  fi
}

# The region is read from the configuration later. Without one in the environment, us-east-1 answers for every account.
caller_account() {
  aws sts get-caller-identity --query Account --output text ||
    AWS_DEFAULT_REGION=us-east-1 aws sts get-caller-identity --query Account --output text
}

check_variables() {
  [ -n "$var_file" ] || [ -e "$INFRA/terraform.tfvars" ] ||
    missing "infra/terraform.tfvars" "it holds your values" "cp $INFRA/terraform.tfvars.example $INFRA/terraform.tfvars, then edit it"
}

check_source() {
  if ! has git; then
    missing git "images are named after their commit" "https://git-scm.com/downloads"
  elif [ "$command" = deploy ] && [ "$allow_dirty" = no ] && [ -n "$(git -C "$ROOT" status --porcelain)" ]; then
    missing "a clean tree" "each image must belong to a commit" "commit or stash the changes, or --allow-dirty"
  fi
}

check_builders() {
  has npm || missing npm "it makes the folder that is copied into an image" "https://nodejs.org"
  if ! has docker; then
    missing docker "it builds the images" "https://docs.docker.com/get-docker, or --skip-images where they exist"
  elif ! docker info >/dev/null 2>&1; then
    missing "the docker daemon" "it builds the images" "start Docker, or --skip-images where they exist"
  fi
}
