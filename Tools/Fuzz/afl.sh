#!/usr/bin/env bash
# Fuzzes one target under afl-fuzz, by coverage: Tools/Fuzz/afl.sh sse|usage|heads [seconds]. Needs afl++ and, once, the network for the instrumenting tool.
set -euo pipefail
cd "$(dirname "$0")/../.."
target=${1:?sse, usage or heads}; seconds=${2:-600}
out=$(mktemp -d)
dotnet publish Tools/Fuzz -c Release -o "$out/bin"
dotnet tool install SharpFuzz.CommandLine --version 2.3.0 --tool-path "$out/tools"
for assembly in OrleansGateway.Grains OrleansGateway.WebFront; do "$out/tools/sharpfuzz" "$out/bin/$assembly.dll"; done
mkdir "$out/corpus"
dotnet run -c Release --project Tools/Fuzz -- corpus "$target" "$out/corpus"
AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 afl-fuzz -i "$out/corpus" -o "$out/findings" -t 10000 -V "$seconds" -- dotnet "$out/bin/OrleansGateway.Fuzz.dll" "$target"
echo "Findings: $out/findings/default/crashes"
