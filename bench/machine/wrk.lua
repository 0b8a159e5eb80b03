-- What wrk asks, from a description that wrk.ts writes: `plan`; and what it counted, as JSON.
dofile(os.getenv("WRK_PLAN"))

local pipelined, turn = {}, 0

function init(args)
  wrk.headers = wrk.headers or {}
  for name, value in pairs(plan.headers) do wrk.headers[name] = value end
  for i, path in ipairs(plan.paths) do
    pipelined[i] = string.rep(wrk.format(plan.method, path, wrk.headers, plan.body), plan.depth)
  end
  if #pipelined > 1 then
    request = function()
      turn = turn % #pipelined + 1
      return pipelined[turn]
    end
  else
    local only = pipelined[1]
    request = function() return only end
  end
  io.stderr:write("begins\n")
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\nresult {"requests":%d,"microseconds":%d,"bytes":%d,"connect":%d,"read":%d,"write":%d,"status":%d,"timeout":%d,"p50":%d,"p99":%d,"p999":%d}\n',
    summary.requests, summary.duration, summary.bytes, errors.connect, errors.read, errors.write, errors.status,
    errors.timeout, latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
