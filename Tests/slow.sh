#!/usr/bin/env bash
# What takes too long for every change: kills at every fail-point with books in Redis, a silo that hangs for 90 s, an API server that is away for a minute, a silo whose clock is wrong, silos all killed at once or scaled in with their streams, and silos that the network cuts off (as root on Linux; skipped elsewhere).
set -euo pipefail
cd "$(dirname "$0")/.."

. Tools/install-missing.sh
install_missing redis-server:redis-server

dotnet restore --locked-mode
dotnet build --no-restore --configuration Release Tests
dotnet run --project Tests --no-build --configuration Release -- --no-ansi --explicit only --filter-class '*FailPointsOnRedisTests' --filter-class '*PartitionTests' --filter-class '*SiloFaultTests' --filter-class '*ClockSkewTests' "$@"
