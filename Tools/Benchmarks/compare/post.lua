-- For wrk: one chat request, the body from $BODY, headers from $HEADERS ("Name: value", a line each). Prints requests, errors, seconds, p50 and p99 in ms.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
wrk.headers["Content-Type"] = "application/json"
for name, value in (os.getenv("HEADERS") or ""):gmatch("([^:\n]+):%s*([^\n]*)") do wrk.headers[name] = value end

function done(summary, latency)
  local errors = summary.errors
  print(string.format("WRK %d %d %.3f %.3f %.3f", summary.requests - errors.status, errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
