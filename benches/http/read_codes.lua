-- Reads the codes of keys at random, and tells what wrk saw as one line of JSON.
local keys = tonumber(os.getenv("BENCH_KEYS"))

function init()
    math.randomseed(os.time())
    wrk.headers["X-Vault-Token"] = os.getenv("BENCH_TOKEN")
end

function request()
    return wrk.format("GET", "/v1/totp/code/k" .. math.random(0, keys - 1))
end

dofile(os.getenv("BENCH_SCRIPTS") .. "/tell.lua")
