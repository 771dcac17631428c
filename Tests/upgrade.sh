#!/usr/bin/env bash
# Builds the previous release from this repository's history; then it and this build have to read and serve one another's state.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
while read -r what release; do
  mkdir "$folder/$what"
  git archive "$release" | tar -x -C "$folder/$what"
  # The silo's output has the web front's program too.
  dotnet restore --locked-mode "$folder/$what/Silo"
  dotnet build --no-restore --configuration Release -p:RunAnalyzers=false "$folder/$what/Silo"
done <Tests/Cluster/Upgrade/previous-release.txt

dotnet restore --locked-mode
dotnet build --no-restore --configuration Release Tests
PREVIOUS_RELEASES="$folder" \
  dotnet run --project Tests --no-build --configuration Release -- --no-ansi --filter-namespace OrleansGateway.Tests.Cluster.Upgrade "$@"
