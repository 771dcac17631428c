#!/usr/bin/env bash
# Builds the previous release from this repository's history; then it and this build have to read and serve one another's state.
set -euo pipefail
cd "$(dirname "$0")/.."

release=$(cat Tests/Cluster/Upgrade/previous-release.txt)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git archive "$release" | tar -x -C "$folder"
# The silo's output has the web front's program too.
dotnet restore --locked-mode "$folder/Silo"
dotnet build --no-restore --configuration Release -p:RunAnalyzers=false "$folder/Silo"

dotnet restore --locked-mode
dotnet build --no-restore --configuration Release Tests
PREVIOUS_RELEASE="$folder/Silo/bin/Release/net10.0" \
  dotnet run --project Tests --no-build --configuration Release -- --no-ansi --filter-namespace OrleansGateway.Tests.Cluster.Upgrade "$@"
