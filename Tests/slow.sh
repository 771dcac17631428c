#!/usr/bin/env bash
# What takes too long for every change: kills at every fail-point with books in Redis, and silos that the network cuts off (as root on Linux; skipped elsewhere).
set -euo pipefail
cd "$(dirname "$0")/.."

dotnet restore --locked-mode
dotnet build --no-restore --configuration Release Tests
dotnet run --project Tests --no-build --configuration Release -- --no-ansi --explicit only --filter-class '*FailPointsOnRedisTests' --filter-class '*PartitionTests' "$@"
