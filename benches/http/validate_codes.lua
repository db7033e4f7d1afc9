-- Validates codes that are wrong but for a chance of three in a million. No code is sent twice to one key: the other
-- server would refuse it without looking at it.
local keys = tonumber(os.getenv("BENCH_KEYS"))
local count = tonumber(os.getenv("BENCH_FIRST"))

function init()
    wrk.headers["X-Vault-Token"] = os.getenv("BENCH_TOKEN")
    wrk.headers["Content-Type"] = "application/json"
end

function request()
    count = count + 1
    -- 7919 has no factor in common with the number of keys: one after another, all over the keep.
    local key = (count * 7919) % keys
    local code = math.floor(count / keys) % 1000000
    return wrk.format("POST", "/v1/totp/code/k" .. key, nil, string.format('{"code":"%06d"}', code))
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/tell.lua")
