# shellcheck shell=bash
# shellcheck disable=SC2154 # set by the other files
# Messages: progress on standard output, problems on standard error.

say() {
  printf '%s\n' "$*"
}

step() {
  printf '\n==> %s\n' "$*"
}

warn() {
  printf 'warning: %s\n' "$*" >&2
}

# die EXIT_CODE MESSAGE
die() {
  local code=$1
  shift
  printf 'deploy.sh: %s\n' "$*" >&2
  exit "$code"
}

# Asks for confirmation, unless --yes is set; any other answer than WORD ends the run: consent QUESTION WORD
consent() {
  [ "$yes" = yes ] && return
  local answer=""
  read -r -p "$1" answer || true
  [ "$answer" = "$2" ] || die 1 "not confirmed, nothing was changed by this step"
}
