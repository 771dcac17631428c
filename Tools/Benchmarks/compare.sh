#!/usr/bin/env bash
# Measures this gateway beside a bare nginx proxy, YARP and Portkey on one machine: the same requests, the same upstream, interleaved, each started afresh.
# Prints a markdown table of medians. Linux, the .NET 10 SDK, Node.js with npm, and root or sudo for wrk, nginx and redis-server where they are missing.
set -euo pipefail

usage() {
  cat <<'TEXT'
Tools/Benchmarks/compare.sh [--quick] [--help]

  --quick  one round of short phases: to see that it works, not for figures

Environment:
  ROUNDS     rounds; the table has medians over them (3)
  ONLY       contenders, with commas between: direct, nginx, yarp, portkey, gateway-embedded, gateway-redis, gateway-split (all). 'direct', which added
             latency is counted from, is always among them
  WARM_S     seconds of warm-up load for each contender (15)
  MAX_S      seconds of the closed loops with 64 and 256 connections (10)
  REST_S     seconds of rest before the low rate, for what the loops have left to be done, as rolling up their usage (30)
  RATE_S     seconds at RATE requests a second, Poisson arrivals (20); RATE (200)
  STREAM_S   seconds of STREAMS streams at a time, 50 events a second each, 10 s long (20); STREAMS (400); 0 seconds for none
  BUILD      0 takes the builds that an earlier run left in OUT (1)
  PORTS      the first of 20 free ports (21000)
  OUT        where builds, logs and raw rows go (out/compare)
TEXT
}

case "${1:-}" in
  "") ;;
  --quick) ROUNDS=${ROUNDS:-1} WARM_S=${WARM_S:-6} MAX_S=${MAX_S:-4} REST_S=${REST_S:-1} RATE_S=${RATE_S:-5} STREAM_S=${STREAM_S:-6} ;;
  --help | -h) usage; exit 0 ;;
  *) echo "'$1' is not an option." >&2; usage >&2; exit 2 ;;
esac

root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/Tools/Benchmarks/compare
ROUNDS=${ROUNDS:-3} WARM_S=${WARM_S:-15} MAX_S=${MAX_S:-10} REST_S=${REST_S:-30} RATE_S=${RATE_S:-20} RATE=${RATE:-200} STREAM_S=${STREAM_S:-20} STREAMS=${STREAMS:-400} PORTS=${PORTS:-21000}
OUT=$(mkdir -p "${OUT:-$root/out/compare}" && cd "${OUT:-$root/out/compare}" && pwd)
all=(direct nginx yarp portkey gateway-embedded gateway-redis gateway-split)
IFS=, read -r -a chosen <<<"direct,${ONLY:-$(IFS=,; echo "${all[*]}")}"
for name in "${chosen[@]}"; do [[ " ${all[*]} " == *" $name "* ]] || { echo "There is no contender '$name'." >&2; usage >&2; exit 2; }; done
contenders=(); for name in "${all[@]}"; do [[ " ${chosen[*]} " == *" $name "* ]] && contenders+=("$name"); done
is_chosen() { [[ " ${contenders[*]} " == *" $1"* ]]; }
say() { echo "$(date +%T) $*" >&2; }
ulimit -n "$(ulimit -Hn)"

run=$OUT/run
rows=$OUT/rows.tsv
fast=$((PORTS)) slow=$((PORTS + 1)) port=$((PORTS + 2)) silo_port=$((PORTS + 3)) gateway_port=$((PORTS + 4)) redis_port=$((PORTS + 5))
admin_key=compare-admin-key-0123456789abcdef0123456789
event_ms=20 events=500
lead_s=$((event_ms * events / 1000 + 2)) # until as many streams are under way as are to be

# --- what is needed -------------------------------------------------------------------------------------------------------------------------------

. "$root/Tools/install-missing.sh"

build() {
  local needed=(wrk:wrk nginx:nginx-light curl:curl)
  if is_chosen gateway-redis || is_chosen gateway-split; then needed+=(redis-server:redis-server); fi
  if is_chosen portkey; then needed+=(node:nodejs npm:npm); fi
  install_missing "${needed[@]}"
  [ "${BUILD:-1}" = 0 ] && return
  say "building"
  # Compiled ahead, as the images are.
  local ahead=(-p:ImageRuntime=linux-x64)
  if is_chosen gateway-; then dotnet publish "$root/Silo" -c Release -nologo -v q "${ahead[@]}" -o "$OUT/silo"; fi
  if is_chosen gateway-split; then dotnet publish "$root/WebFront" -c Release -nologo -v q "${ahead[@]}" -o "$OUT/webfront"; fi
  if is_chosen yarp; then dotnet publish "$root/Tools/YarpProxy" -c Release -nologo -v q -o "$OUT/yarp"; fi
  dotnet publish "$root/Tools/LoadTest" -c Release -nologo -v q -o "$OUT/loadtest"
  dotnet publish "$root/Tools/Benchmarks" -c Release -nologo -v q -o "$OUT/benchmarks"
  if is_chosen portkey; then
    mkdir -p "$OUT/portkey" && cp "$here"/portkey/{package.json,package-lock.json,.npmrc} "$OUT/portkey"
    npm ci --prefix "$OUT/portkey" --ignore-scripts --loglevel=error >/dev/null
  fi
}

# --- processes: only what was started here is ended, by its id ------------------------------------------------------------------------------------------

declare -a upstreams=() contender=() store=()

descendants() { local pid; for pid in "$@"; do echo "$pid"; descendants $(pgrep -P "$pid" || true); done; }

end() { # pids
  local pid all
  all=$(descendants "$@")
  [ -z "$all" ] && return
  kill $all 2>/dev/null || true
  for _ in $(seq 50); do
    local alive=0
    for pid in $all; do kill -0 "$pid" 2>/dev/null && alive=1; done
    [ $alive = 0 ] && return
    sleep 0.1
  done
  kill -9 $all 2>/dev/null || true
}

end_contender() { end "${contender[@]}"; contender=(); end "${store[@]}"; store=(); }
finish() { end_contender; end "${upstreams[@]}"; }
trap finish EXIT
trap 'exit 130' INT TERM

spawn() { # log, command ...; the id is in $spawned
  local log=$run/$1.log
  shift
  "$@" >"$log" 2>&1 </dev/null &
  spawned=$!
}

answers() { # url, log
  for _ in $(seq 600); do
    curl -so /dev/null --max-time 2 "$1" && return
    kill -0 "$spawned" 2>/dev/null || break
    sleep 0.1
  done
  say "$1 does not answer:"; tail -n 5 "$run/$2.log" >&2
  return 1
}

fill() { sed -e "s|@RUN@|$run|g" -e "s|@PORT@|$2|g" -e "s|@UPSTREAM@|127.0.0.1:${3:-0}|g" -e "s|@BUFFERING@|${4:-on}|g" "$here/$1.conf" >"$run/$1.conf"; }

start_upstreams() {
  spawn slow env DOTNET_hostBuilder__reloadConfigOnChange=false dotnet "$OUT/benchmarks/OrleansGateway.Benchmarks.dll" upstream --port $slow --events $events --event-ms $event_ms
  upstreams+=("$spawned")
  answers "http://127.0.0.1:$slow/v1/models" slow
  fill upstream $fast
  completion=$(curl -s -d '{}' "http://127.0.0.1:$slow/v1/chat/completions")
  awk -v text="$completion" '{ at = index($0, "@COMPLETION@"); if (at) print substr($0, 1, at - 1) text substr($0, at + 12); else print }' "$run/upstream.conf" >"$run/fast.conf"
  spawn fast nginx -e stderr -c "$run/fast.conf"
  upstreams+=("$spawned")
  answers "http://127.0.0.1:$fast/v1/models" fast
}

start_redis() {
  mkdir -p "$run/redis"
  spawn redis redis-server --port $redis_port --bind 127.0.0.1 --dir "$run/redis" --save '' --appendonly yes --appendfsync always --maxmemory-policy noeviction
  store=("$spawned")
  for _ in $(seq 100); do redis-cli -p $redis_port ping >/dev/null 2>&1 && return; sleep 0.1; done
  say "redis-server does not answer"; return 1
}

# Limits, budgets and keys are checked and every commit is flushed to disk: none of the others does anything of the kind.
open_tenant() { # front
  local admin=(curl -sf -H "Authorization: Bearer $admin_key" -H 'Content-Type: application/json')
  "${admin[@]}" "$1/admin/v1/tenants" -o /dev/null -d '{"id":"compare","limits":{"requestsPerMinute":1000000000,"tokensPerMinute":1000000000000,"concurrentRequests":1000000},"budgets":[{"window":"month","limitUsd":1000000000},{"window":"day","limitUsd":100000000}]}'
  headers="Authorization: Bearer $("${admin[@]}" "$1/admin/v1/tenants/compare/keys" -d '{}' | sed -n 's/.*"key":"\([^"]*\)".*/\1/p')"
}

start() { # contender, upstream's port, nginx's buffering
  local front=http://127.0.0.1:$port shared=(HOLYSHEEP_API_KEY=upstream HOLYSHEEP_BASE_URL=http://127.0.0.1:$2/v1 GATEWAY_ADMIN_KEY=$admin_key Gateway__ManagementUrls=
    Gateway__AdvertisedAddress=127.0.0.1 Gateway__SiloPort=$silo_port Gateway__GatewayPort=$gateway_port DOTNET_ENVIRONMENT=Production)
  local on_redis=(Gateway__Clustering=Redis Gateway__Storage=Redis ConnectionStrings__Redis=127.0.0.1:$redis_port)
  url=$front headers="Authorization: Bearer sk-compare"
  rm -rf "$run/data" "$run/redis"
  case $1 in
    direct) url=http://127.0.0.1:$2 ;;
    nginx) fill nginx $port "$2" "$3"; spawn nginx nginx -e stderr -c "$run/nginx.conf"; contender=("$spawned"); answers $front/health nginx ;;
    yarp) spawn yarp dotnet "$OUT/yarp/OrleansGateway.YarpProxy.dll" $front "http://127.0.0.1:$2"; contender=("$spawned"); answers $front/health yarp ;;
    portkey)
      spawn portkey env NODE_ENV=production TRUSTED_CUSTOM_HOSTS=127.0.0.1 node "$OUT/portkey/node_modules/@portkey-ai/gateway/build/start-server.js" --headless --port=$port
      contender=("$spawned"); answers $front/ portkey
      headers+=$'\n'"x-portkey-provider: openai"$'\n'"x-portkey-custom-host: http://127.0.0.1:$2/v1" ;;
    gateway-embedded)
      spawn silo env "${shared[@]}" Urls=$front Gateway__DataDirectory="$run/data" "$OUT/silo/OrleansGateway.Silo"
      contender=("$spawned"); answers $front/health/ready silo; open_tenant $front ;;
    gateway-redis)
      start_redis
      spawn silo env "${shared[@]}" "${on_redis[@]}" Urls=$front "$OUT/silo/OrleansGateway.Silo"
      contender=("$spawned"); answers $front/health/ready silo; open_tenant $front ;;
    gateway-split)
      start_redis
      spawn silo env "${shared[@]}" "${on_redis[@]}" Gateway__Http=false "$OUT/silo/OrleansGateway.Silo"
      contender=("$spawned")
      spawn webfront env "${shared[@]}" "${on_redis[@]}" Urls=$front "$OUT/webfront/OrleansGateway.WebFront"
      contender+=("$spawned"); answers $front/health/ready webfront; open_tenant $front ;;
  esac
}

# --- figures ------------------------------------------------------------------------------------------------------------------------------------------

row() { printf '%s\t%s\t%s\t%s\n' "$round" "$1" "$2" "$3" >>"$rows"; }

cpu_us() { # pids: user and system time, theirs and their descendants'
  local pid sum=0
  for pid in $(descendants "$@"); do sum=$((sum + $(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null | awk '{ print ($12 + $13) * 10000 }' || echo 0))); done
  echo $sum
}

rss_mb() { # VmRSS or VmHWM, pids
  local field=$1 pid sum=0
  shift
  for pid in $(descendants "$@"); do sum=$((sum + $(awk -v f="$field:" '$1 == f { print $2 }' "/proc/$pid/status" 2>/dev/null || echo 0))); done
  echo $((sum / 1024))
}

closed() { # connections, seconds: what wrk prints
  BODY=$here/chat.json HEADERS=$headers wrk -t1 -c"$1" -d"$2s" --timeout 20s -s "$here/post.lua" "$url/v1/chat/completions" | sed -n 's/^WRK //p'
}

measure_closed() { # contender, connections
  local cpu store_cpu answered errors seconds p50 p99
  cpu=$(cpu_us "${contender[@]}") store_cpu=$(cpu_us "${store[@]}")
  read -r answered errors seconds p50 p99 < <(closed "$2" "$MAX_S")
  cpu=$(($(cpu_us "${contender[@]}") - cpu)) store_cpu=$(($(cpu_us "${store[@]}") - store_cpu))
  [ "$answered" -gt 0 ] || { say "$1 answered nothing"; return 1; }
  row "$1" "rps$2" "$(awk "BEGIN { print $answered / $seconds }")"; row "$1" "p50_$2" "$p50"; row "$1" "p99_$2" "$p99"; row "$1" "errors$2" "$errors"
  row "$1" "cpu$2" "$(awk "BEGIN { print $cpu / $answered }")"; row "$1" "store$2" "$(awk "BEGIN { print $store_cpu / $answered }")"
  say "round $round $1, $2 connections: $(awk "BEGIN { printf \"%d/s, %.1f us CPU\", $answered / $seconds, $cpu / $answered }"), p50 $p50 ms, p99 $p99 ms, $errors errors"
}

open_loop() { # options ...: what the load test prints
  local args=() line pids
  while IFS= read -r line; do args+=(--header "$line"); done <<<"$headers"
  if [ ${#contender[@]} -gt 0 ]; then pids=$(descendants "${contender[@]}" | paste -sd,); args+=(--cpu "contender=$pids"); fi
  if [ ${#store[@]} -gt 0 ]; then args+=(--cpu "store=${store[0]}"); fi
  # It ends with 1 when calls were not answered; that is counted below.
  env -u GATEWAY_ADMIN_KEY dotnet "$OUT/loadtest/OrleansGateway.LoadTest.dll" --url "$url" --json "${args[@]}" "$@" || [ $? = 1 ]
}

of() { sed -n "s/.*\"$2\":{[^}]*\"$3\":\([0-9.eE+-]*\).*/\1/p" <<<"$1"; }               # json, object, field
use() { sed -n "s/.*{\"name\":\"$2\"[^}]*\"$3\":\([0-9.eE+-]*\).*/\1/p" <<<"$1"; }        # json, group, field

measure_rate() { # contender
  local json
  json=$(open_loop --rate "$RATE" --seconds "$RATE_S" --warm-up 3 --seed "$round" --body "$here/chat.json")
  row "$1" low_p50 "$(of "$json" waited p50)"; row "$1" low_p99 "$(of "$json" waited p99)"
  row "$1" low_cpu "$(use "$json" contender microsPerCall)"; row "$1" low_store "$(use "$json" store microsPerCall)"
  say "round $round $1, $RATE/s: p50 $(of "$json" waited p50) ms, p99 $(of "$json" waited p99) ms, $(use "$json" contender microsPerCall) us CPU, errors {$(sed -n 's/.*"errors":{\([^}]*\)}.*/\1/p' <<<"$json")}"
}

measure_streams() { # contender
  local json rate
  rate=$(awk "BEGIN { print $STREAMS * 1000 / ($event_ms * $events) }")
  # As long an answer as the upstream gives: one that is longer than what was held for it is an upstream's fault.
  sed -e 's/"max_tokens":256/"max_tokens":1024/' -e 's/"user":/"stream":true,"stream_options":{"include_usage":true},"user":/' "$here/chat.json" >"$run/stream.json"
  json=$(open_loop --stream --rate "$rate" --arrivals even --seconds "$STREAM_S" --warm-up $lead_s --body "$run/stream.json")
  row "$1" first "$(of "$json" firstEvent p50)"; row "$1" first99 "$(of "$json" firstEvent p99)"; row "$1" events "$(of "$json" events mean)"
  row "$1" event_cpu "$(use "$json" contender microsPerEvent)"; row "$1" event_store "$(use "$json" store microsPerEvent)"
  say "round $round $1, $STREAMS streams: first event p50 $(of "$json" firstEvent p50) ms, $(use "$json" contender microsPerEvent) us CPU an event, $(of "$json" events mean) events a stream, errors {$(sed -n 's/.*"errors":{\([^}]*\)}.*/\1/p' <<<"$json")}"
}

measure() { # contender
  start "$1" $fast on
  sleep 2
  row "$1" rss_idle "$(rss_mb VmRSS "${contender[@]}")"
  closed 64 "$WARM_S" >/dev/null
  measure_closed "$1" 64
  measure_closed "$1" 256
  sleep "$REST_S"
  measure_rate "$1"
  row "$1" rss_peak "$(rss_mb VmHWM "${contender[@]}")"
  end_contender
  [ "$STREAM_S" = 0 ] && return
  start "$1" $slow off
  closed 16 "$WARM_S" >/dev/null
  measure_streams "$1"
  end_contender
}

table() {
  awk -F '\t' -v names="${contenders[*]}" '
    { if ($4 != "") { v[$1, $2, $3] = $4; if ($1 > rounds) rounds = $1 } }
    function median(name, metric, less,   n, i, j, t, a) {
      for (i = 1; i <= rounds; i++) if ((i, name, metric) in v) a[++n] = v[i, name, metric] - (less ? v[i, "direct", metric] : 0)
      for (i = 2; i <= n; i++) { t = a[i]; for (j = i - 1; j > 0 && a[j] > t; j--) a[j + 1] = a[j]; a[j + 1] = t }
      return n == 0 ? "" : n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
    }
    function show(value, form) { return value == "" ? "" : sprintf(form, value) }
    function cpu(name, metric, beside,   c, s) { c = median(name, metric); s = median(name, beside); return show(c, "%.0f") (s > 0 ? sprintf(" + %.0f", s) : "") }
    function ratio(name,   c, y) { c = median(name, "cpu64"); y = median("yarp", "cpu64"); return c > 0 && y > 0 ? sprintf("%.1f", c / y) : "" }
    END {
      print "| | CPU µs a request, 64 connections | × YARP | requests/s, 64 / 256 connections | p50 / p99 ms, 64 connections | added p50 / p99 ms at a low rate | CPU µs a request there | CPU µs an event | added to the first event, p50 / p99 ms | RSS idle / peak, MB |"
      print "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
      count = split(names, order, " ")
      for (i = 1; i <= count; i++) {
        n = order[i]; less = n != "direct"
        printf "| %s | %s | %s | %s / %s | %s / %s | %s / %s | %s | %s | %s / %s | %s / %s |\n", n (less ? "" : " (as it is)"), less ? cpu(n, "cpu64", "store64") : "", less ? ratio(n) : "",
          show(median(n, "rps64"), "%d"), show(median(n, "rps256"), "%d"), show(median(n, "p50_64"), "%.1f"), show(median(n, "p99_64"), "%.1f"),
          show(median(n, "low_p50", less), "%.2f"), show(median(n, "low_p99", less), "%.2f"), less ? cpu(n, "low_cpu", "low_store") : "", less ? cpu(n, "event_cpu", "event_store") : "",
          show(median(n, "first", less), "%.1f"), show(median(n, "first99", less), "%.1f"), show(median(n, "rss_idle"), "%d"), show(median(n, "rss_peak"), "%d")
      }
    }' "$rows"
}

build
rm -rf "$run" && mkdir -p "$run"
: >"$rows"
start_upstreams
for round in $(seq "$ROUNDS"); do
  # In turn forwards and backwards, so that what drifts meanwhile falls on all alike.
  order=("${contenders[@]}")
  if ((round % 2 == 0)); then order=(); for name in "${contenders[@]}"; do order=("$name" "${order[@]}"); done; fi
  for name in "${order[@]}"; do measure "$name"; done
done
echo "$(nproc) cores, $(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1); Linux $(uname -r); .NET $(dotnet --version); $ROUNDS round(s); CPU of the contender's processes + its store's"
echo
table | tee "$OUT/table.md"
