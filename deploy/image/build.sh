#!/usr/bin/env bash
# Builds the image with docker or podman, and lays its bill of materials beside it: .local/image/sbom.cdx.json
# TAG=mentoring:dev BASE=python:3.11-slim-bookworm BUILD="--network host" deploy/image/build.sh
set -euo pipefail
cd "$(dirname "$0")/../.."

engine=$(command -v docker || command -v podman) || {
  echo "✗ Neither docker nor podman is on PATH. Install one of them, or build where there is one." >&2
  exit 2
}
"$engine" info > /dev/null 2>&1 || {
  echo "✗ $engine does not answer. Start its service (for docker: systemctl start docker), then try again." >&2
  exit 2
}

tag=${TAG:-mentoring:dev}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
# Times and labels follow from the last commit of what goes into the image: the same contents give the same layers.
contents=(requirements/runtime.txt contracts chassis services deploy/image)
REVISION=unknown
if git rev-parse HEAD > /dev/null 2>&1; then
  : "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct -- "${contents[@]}")}"
  REVISION=$(git rev-parse HEAD)$(test -z "$(git status --porcelain -- "${contents[@]}")" || echo -dirty)
fi
: "${SOURCE_DATE_EPOCH:=0}"
form=+%Y-%m-%dT%H:%M:%SZ
created=$(date -u -d "@$SOURCE_DATE_EPOCH" $form 2> /dev/null || date -u -r "$SOURCE_DATE_EPOCH" $form) # GNU's, macOS's
# shellcheck disable=SC2086 - BUILD holds several words
"$engine" build --file deploy/image/Dockerfile --tag "$tag" \
  --build-arg BASE="${BASE:-python:3.11-slim-bookworm}" \
  --build-arg SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" \
  --build-arg VERSION="$version" \
  --build-arg REVISION="$REVISION" \
  --build-arg CREATED="$created" \
  ${BUILD:-} .

mkdir -p .local/image
"$engine" run --rm --network none --read-only --cap-drop ALL --entrypoint cat "$tag" /opt/mentoring/sbom.cdx.json \
  > .local/image/sbom.cdx.json
echo "$tag: $("$engine" image inspect --format '{{.Size}}' "$tag" | awk '{ printf "%.0f MB", $1 / 1000000 }')," \
  "$(grep -c '"purl"' .local/image/sbom.cdx.json) packages in .local/image/sbom.cdx.json"
