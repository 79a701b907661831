-- The limits of one type of job over all nodes: who has a slot, who waits, and whose turn is next. Clock: Redis' own.
--
-- KEYS[1]  the prefix of the keys of the type, which have one hash tag; of jobs with the same key:
--   :running   sorted set: jobs that run, by when their slot is free again unless their worker extends it
--   :reserved  sorted set: jobs whose turn has come and that no worker has begun yet, by when they wait again
--   :jobs      hash: of each of those, and of those that wait, "token key"; no token unless it runs
--   :busy      hash: how many slots each key has
--   :held:KEY  sorted set: the jobs of a key that wait, by since when
--   :turns     sorted set: the keys of which one may be next, in their order
--   :later     sorted set: the keys that have reached their rate, by when they have their next turn
--   :rate, :rate:KEY  when what has begun so far would have begun at an even rate, µs
-- ARGV     1 the operation
--          2 how many slots there are: -1 any number, 0 the type is paused   3 from one start to the next, µs; 0: any rate
--          4 how many at once after a pause    5, 6, 7 the same three of each key
--          8 how long a slot is kept, ms       9 how long a turn is, ms
--          10 how many jobs may get their turn by this call, and then the arguments of the operation
-- Returns  a list: for "take" first "taken" (the job has a slot), "shared" (its slot is another attempt's) or why it waits; for
--          "unknown" those of the jobs that it does not know; then the jobs whose turn has come
local prefix = KEYS[1]
local running, reserved, jobs = prefix .. ':running', prefix .. ':reserved', prefix .. ':jobs'
local busy, turns, later = prefix .. ':busy', prefix .. ':turns', prefix .. ':later'
local time = redis.call('TIME')
local micros = time[1] * 1000000 + time[2]
local now = math.floor(micros / 1000)
local limit = { slots = tonumber(ARGV[2]), interval = tonumber(ARGV[3]), burst = tonumber(ARGV[4]) }
local each = { slots = tonumber(ARGV[5]), interval = tonumber(ARGV[6]), burst = tonumber(ARGV[7]) }
local lease, turn, most = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local limited = limit.slots >= 0 or limit.interval > 0 or each.slots >= 0 or each.interval > 0
local LAPSED_AT_ONCE, LATER_AT_ONCE = 100, 1000

local function text(number)
  return string.format('%.0f', number)
end

-- The token and the key of a job; nil if it is not known.
local function owner(id)
  local value = redis.call('HGET', jobs, id)
  if value then
    return string.match(value, '^(%S*) (.*)$')
  end
end

local function keep(key, due)
  redis.call('SET', key, text(due), 'PX', text(math.ceil((due - micros) / 1000) + 1))
end

-- The sum of what has begun. It may be of another rate, before a change, but is never more than this one allows.
local function begun(rate, key)
  local due = tonumber(redis.call('GET', key) or 0)
  local most = micros + rate.burst * rate.interval
  if due > most then
    keep(key, most)
    return most
  end
  return due
end

-- When the next may begin at this rate, µs.
local function next_start(rate, key)
  return begun(rate, key) - (rate.burst - 1) * rate.interval
end

local function spend(rate, key)
  if rate.interval > 0 then
    keep(key, math.max(begun(rate, key), micros) + rate.interval)
  end
end

local function full(key)
  return each.slots >= 0 and tonumber(redis.call('HGET', busy, key) or 0) >= each.slots
end

-- Why no job may begin, or nil.
local function blocked()
  if limit.slots == 0 then
    return 'paused'
  elseif limit.slots > 0 and redis.call('ZCARD', running) + redis.call('ZCARD', reserved) >= limit.slots then
    return 'concurrency'
  elseif limit.interval > 0 and next_start(limit, prefix .. ':rate') > micros then
    return 'rate'
  end
end

local function last_turn()
  return tonumber(redis.call('ZREVRANGE', turns, 0, 0, 'WITHSCORES')[2] or 0) + 1
end

-- A key whose jobs wait is among those that have turns, unless it must wait for a slot of its own, or for its rate.
local function wake(key)
  if redis.call('EXISTS', prefix .. ':held:' .. key) == 0 then
    redis.call('ZREM', turns, key)
    redis.call('ZREM', later, key)
  elseif not full(key) and not redis.call('ZSCORE', later, key) and not redis.call('ZSCORE', turns, key) then
    redis.call('ZADD', turns, last_turn(), key)
  end
end

local function hold(id, key, since)
  redis.call('ZADD', prefix .. ':held:' .. key, text(since), id)
  redis.call('HSET', jobs, id, ' ' .. key)
  wake(key)
end

local function give_back(id, key, set)
  if redis.call('ZREM', set, id) == 1 and redis.call('HINCRBY', busy, key, -1) <= 0 then
    redis.call('HDEL', busy, key)
  end
end

-- The job has no slot any more, and does not wait. Returns its key.
local function forget(id)
  local _, key = owner(id)
  if key then
    give_back(id, key, running)
    give_back(id, key, reserved)
    redis.call('ZREM', prefix .. ':held:' .. key, id)
    redis.call('HDEL', jobs, id)
    wake(key)
  end
  return key
end

local function run(id, token, key)
  redis.call('ZADD', running, text(now + lease), id)
  redis.call('HSET', jobs, id, token .. ' ' .. key)
end

local function wake_between(from, to)
  for _, key in ipairs(redis.call('ZRANGEBYSCORE', later, from, to, 'LIMIT', 0, LATER_AT_ONCE)) do
    redis.call('ZREM', later, key)
    wake(key)
  end
end

-- Slots of workers that are gone; turns that no worker has taken, whose jobs are the next again; keys whose rate lets one begin.
local function lapse()
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', running, '-inf', text(now), 'LIMIT', 0, LAPSED_AT_ONCE)) do
    forget(id)
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', reserved, '-inf', text(now), 'LIMIT', 0, LAPSED_AT_ONCE)) do
    hold(id, forget(id), 0)
  end
  wake_between('-inf', text(now))
end

-- One job after the other, of one key after the other.
local function grant()
  local granted = {}
  while #granted < most and not blocked() do
    local key = redis.call('ZRANGE', turns, 0, 0)[1]
    if not key then
      break
    end
    local rate, held = prefix .. ':rate:' .. key, prefix .. ':held:' .. key
    redis.call('ZREM', turns, key)
    if full(key) then
      -- until one of its slots is free
    elseif each.interval > 0 and next_start(each, rate) > micros then
      redis.call('ZADD', later, text(math.ceil(next_start(each, rate) / 1000)), key)
    else
      local id = redis.call('ZPOPMIN', held)[1]
      if id then
        granted[#granted + 1] = id
        if limited then
          redis.call('ZADD', reserved, text(now + turn), id)
          redis.call('HINCRBY', busy, key, 1)
          spend(limit, prefix .. ':rate')
          spend(each, rate)
        else
          redis.call('HDEL', jobs, id)
        end
      end
      wake(key)
    end
  end
  return granted
end

local operation = ARGV[1]
local reply = {}
lapse()
if operation == 'take' then
  local id, token, key = ARGV[11], ARGV[12], ARGV[13]
  local owned, known = owner(id)
  if redis.call('ZSCORE', running, id) then
    reply[1] = owned == token and 'taken' or 'shared'
  elseif limit.slots ~= 0 and redis.call('ZREM', reserved, id) == 1 then
    run(id, token, known)
    reply[1] = 'taken'
  else
    if not known then
      hold(id, key, now)
    elseif redis.call('ZSCORE', reserved, id) then -- the type was paused when its turn had come
      hold(id, forget(id), 0)
    end
    local granted = grant()
    for i, other in ipairs(granted) do
      if other == id then
        redis.call('ZREM', reserved, id)
        run(id, token, known or key)
        reply[1] = 'taken'
      end
    end
    reply[1] = reply[1] or blocked() or full(known or key) and 'key-concurrency'
      or redis.call('ZSCORE', later, known or key) and 'key-rate' or 'turn'
    for _, other in ipairs(granted) do
      if other ~= id then
        reply[#reply + 1] = other
      end
    end
  end
elseif operation == 'free' then
  for i = 11, #ARGV, 2 do
    if owner(ARGV[i]) == ARGV[i + 1] then
      forget(ARGV[i])
    end
  end
  reply = grant()
elseif operation == 'extend' then
  local id, token, key = ARGV[11], ARGV[12], ARGV[13]
  local owned, known = owner(id)
  if redis.call('ZSCORE', running, id) then
    if owned == token then
      run(id, token, known)
    end
  else -- it runs though its slot was free again: Redis has lost it, or its worker stood still
    forget(id)
    redis.call('HINCRBY', busy, key, 1)
    run(id, token, key)
  end
elseif operation == 'drop' then -- jobs that wait no longer
  for i = 11, #ARGV do
    if not redis.call('ZSCORE', running, ARGV[i]) then
      forget(ARGV[i])
    end
  end
  reply = grant()
elseif operation == 'grant' then
  wake_between('(' .. text(now + math.ceil(each.interval / 1000) + 1), '+inf') -- by a rate of a key that was slower
  reply = grant()
elseif operation == 'unknown' then
  for i = 11, #ARGV do
    if redis.call('HEXISTS', jobs, ARGV[i]) == 0 then
      reply[#reply + 1] = ARGV[i]
    end
  end
end
return reply
