#!/usr/bin/env bash
# Everything the tests need, then the tests: set-up, locked restore, build, format check, one closing count line.
set -euo pipefail
cd "$(dirname "$0")"

. Tools/install-missing.sh
install_missing redis-server:redis-server node:nodejs npm:npm

npm ci --prefix Tests/EndToEnd/node --no-audit --no-fund --loglevel=error
dotnet restore --locked-mode
dotnet build --no-restore --configuration Release
# Style and analyzers are the build's errors; what is left is white space in files of any kind that it does not read.
dotnet format whitespace . --folder --verify-no-changes

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
dotnet run --project Tests --no-build --configuration Release -- --no-ansi "$@" 2>&1 | tee "$log" || status=$?

# The summary's counts, without the colours that some terminals and CI systems get.
count() { sed -e 's/\x1b\[[0-9;]*m//g' "$log" | sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" | tail -n 1; }
passed=$(count succeeded); failed=$(count failed); skipped=$(count skipped)
# Again, where a reader of a long log looks first.
if [ "${failed:-0}" != 0 ]; then sed -e 's/\x1b\[[0-9;]*m//g' "$log" | grep -A 12 '^failed ' || true; fi
if [ -z "$passed" ] || [ "${passed:-0}" = 0 ]; then echo "No test ran."; status=1; fi
echo "${passed:-0} passed, ${failed:-0} failed, ${skipped:-0} skipped"
exit "$status"
