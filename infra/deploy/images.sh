# shellcheck shell=bash
# shellcheck disable=SC2154 # set by the other files
# The images of the three services: one tag for all, immutable, and never built twice. In a repository the tag ends in the
# architecture (modules/region/ecs.tf), because one commit has an image for each. Each region has its own repositories,
# so that it does not depend on another region.

# Without --image-tag, the commit; with uncommitted changes also a hash of the deploy folders. Sets: image_tag, for
# Terraform, and full_tag, the tag of the images.
choose_tag() {
  tag_was_given=yes
  if [ -z "$image_tag" ]; then name_this_build; fi
  # A tag with its architecture is accepted, too, and refused with another architecture.
  local bare
  bare=$(without_architecture "$image_tag")
  full_tag="$bare-$(architecture_in_tag)"
  [ "$bare" = "$image_tag" ] || [ "$full_tag" = "$image_tag" ] ||
    die 2 "--image-tag $image_tag has another architecture than cpu_architecture = \"$architecture\": change one of the two"
  image_tag=$bare
}

name_this_build() {
  tag_was_given=no
  image_tag=$(git -C "$ROOT" rev-parse --short=12 HEAD 2>/dev/null || printf 'none')
  [ "$command" = deploy ] && [ "$skip_images" = no ] && is_dirty || return 0
  pack_all
  image_tag="$image_tag-$(hash_of_folders)"
}

architecture_in_tag() {
  printf '%s' "$architecture" | tr '[:upper:]' '[:lower:]'
}

without_architecture() {
  local tag=${1%-x86_64}
  printf '%s' "${tag%-arm64}"
}

is_dirty() {
  [ -n "$(git -C "$ROOT" status --porcelain)" ]
}

provide_images() {
  local service todo=()
  provide_repositories
  for service in "${SERVICES[@]}"; do
    if image_exists "$service"; then say "$service:$full_tag is in $region already"; else todo+=("$service"); fi
  done
  [ ${#todo[@]} -gt 0 ] || return 0
  must_be_buildable "${todo[0]}"
  pack_all
  log_in
  for service in "${todo[@]}"; do publish "$service"; done
}

# Repositories come before images, and images before the services that run them.
provide_repositories() {
  local service names=()
  for service in "${SERVICES[@]}"; do names+=("$name/$service"); done
  if ! repositories_exist "${names[@]}"; then
    step "Repositories for the images in $region"
    guarded apply -input=false -auto-approve -target="$(module_of_region).aws_ecr_repository.this" \
      ${variables[@]+"${variables[@]}"} -var "image_tag=$image_tag"
  fi
  registry=$(aws ecr describe-repositories --repository-names "${names[0]}" --query 'repositories[0].repositoryUri' --output text)
  registry=${registry%%/*}
}

module_of_region() {
  if [ "$region" = "${regions[0]}" ]; then printf 'module.region'; else printf 'module.secondary[0]'; fi
}

repositories_exist() {
  aws ecr describe-repositories --repository-names "$@" >/dev/null 2>"$WORK/stderr" && return
  grep -q RepositoryNotFoundException "$WORK/stderr" && return 1
  die 1 "the repositories cannot be read: $(cat "$WORK/stderr")"
}

image_exists() {
  aws ecr describe-images --repository-name "$name/$1" --image-ids "imageTag=$full_tag" >/dev/null 2>"$WORK/stderr" && return
  grep -q ImageNotFoundException "$WORK/stderr" && return 1
  die 1 "the images of $1 cannot be read: $(cat "$WORK/stderr")"
}

# A tag of another commit, such as one to roll back to, must not be built from this one.
must_be_buildable() {
  [ "$tag_was_given" = yes ] || return 0
  [ "$(git -C "$ROOT" rev-parse --verify --quiet "$image_tag^{commit}" || true)" != "$(git -C "$ROOT" rev-parse HEAD)" ] || return 0
  die 1 "there is no image $name/$1:$full_tag in $region, and this tree is another commit: check the tag and cpu_architecture, or check out $image_tag"
}

pack_all() {
  local service
  [ "${packed:-no}" = no ] || return 0
  step "Deploy folders"
  for service in "${SERVICES[@]}"; do npm --prefix "$ROOT" --silent run pack -- "$service" "$ROOT/dist/deploy/$service"; done
  packed=yes
}

# Hashes the names and contents of all files, with git: other tools have different names on each system.
hash_of_folders() {
  (
    cd "$ROOT/dist/deploy" || exit
    find "${SERVICES[@]}" -type f | LC_ALL=C sort >"$WORK/files"
    { cat "$WORK/files" && git hash-object --no-filters --stdin-paths <"$WORK/files"; } | git hash-object --stdin | cut -c 1-12
  )
}

log_in() {
  aws ecr get-login-password | docker login --username AWS --password-stdin "$registry" >/dev/null
}

publish() {
  local image="$registry/$name/$1:$full_tag" platform=linux/amd64
  [ "$architecture" != ARM64 ] || platform=linux/arm64
  step "$image"
  docker build --platform "$platform" --build-arg "SERVICE=$1" --tag "$image" "$ROOT"
  docker push "$image"
}
