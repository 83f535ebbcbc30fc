# shellcheck shell=bash
# shellcheck disable=SC2034 # the other files read these
# The command line. Sets: command, yes, var_file, image_tag, skip_images, wait, confirm, allow_dirty.

usage() {
  cat <<'TEXT'
Usage: ./deploy.sh plan|deploy|destroy [OPTIONS]

  plan                show what would change; change nothing
  deploy              make images, infrastructure and services; wait until the services are healthy
  destroy             remove everything

  --yes               do not ask (required without a terminal)
  --var-file FILE     values besides terraform.tfvars; relative to the current folder
  --image-tag TAG     tag of the images; default: this commit. An earlier tag rolls back to it
  --skip-images       neither build images nor check that they exist
  --no-wait           do not wait for the services
  --confirm NAME      the name of the production system that --yes destroys
  --allow-dirty       deploy changes that are not committed

Exit codes: 0 done, 1 a step failed, 2 wrong use or something is missing.
TEXT
}

wrong_use() {
  printf 'deploy.sh: %s\n\n' "$1" >&2
  usage >&2
  exit 2
}

parse_options() {
  command="" yes=no var_file="" image_tag="" skip_images=no wait=yes confirm="" allow_dirty=no
  while [ $# -gt 0 ]; do
    case "$1" in
      plan | deploy | destroy)
        [ -z "$command" ] || wrong_use "one command at a time: $command and $1"
        command=$1
        ;;
      --yes) yes=yes ;;
      --skip-images) skip_images=yes ;;
      --no-wait) wait=no ;;
      --allow-dirty) allow_dirty=yes ;;
      --var-file | --image-tag | --confirm)
        [ -n "${2:-}" ] || wrong_use "$1: expected a value"
        take_value "$1" "$2"
        shift
        ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) wrong_use "unknown argument $1" ;;
    esac
    shift
  done
  check_options
}

take_value() {
  case "$1" in
    # Terraform runs in infra/, in any current folder.
    --var-file) var_file=$(absolute "$2") ;;
    --image-tag) image_tag=$2 ;;
    --confirm) confirm=$2 ;;
  esac
}

check_options() {
  [ -n "$command" ] || wrong_use "no command: expected plan, deploy or destroy"
  [ -z "$var_file" ] || [ -r "$var_file" ] || die 2 "--var-file $var_file: expected a file that can be read"
  # With a tag that moves, a rollback would run another image than before.
  [ "$image_tag" != latest ] || die 2 "--image-tag latest: expected a tag that names one build, such as a commit"
  [[ "$image_tag" =~ ^([A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?$ ]] || die 2 "--image-tag $image_tag: expected letters, digits, dots, hyphens"
  [ "$command" = plan ] || [ "$yes" = yes ] || [ -t 0 ] || die 2 "there is no terminal for the confirmation: $command needs --yes"
}

absolute() {
  case "$1" in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$PWD" "$1" ;;
  esac
}
