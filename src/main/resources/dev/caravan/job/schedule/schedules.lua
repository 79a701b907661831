-- Decides on schedules and their firings, in one step each. Clock: Redis' own, so that all nodes agree.
--
-- KEYS[1]  sorted set: the names of schedules by when to look at them, ms; +inf: paused, or no further firing
-- KEYS[1]:<name>  the hash of a schedule:
--   definition  its options, JSON        timing     those of them that say when it fires, JSON
--   payload     of one that is stored    source     "file" or "stored"          announced  when a node had its file last, ms
--   next        its next firing, ms, the only one that anybody submits; '' if there is none
--   decided     equals next if somebody began to submit it, or it had to wait: then it is not a missed one
--   takenUntil  until when only who took it submits it, ms
--   error, tries  of its route, if that failed          waiting  "1" if it waits for the job of the one before
--   last, lastJob  the last firing of which a job was submitted, and its id
--   results     a line each, newest first               paused   "1", or missing
-- ARGV[1]  what to do, then its arguments; times are ms, '' for none
-- Returns  a list of texts
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stamp = string.format('%.0f', now)
local RESULTS = 10
local FORGET = 30 * 24 * 3600 * 1000
local UNDECIDED = { 'decided', 'takenUntil', 'error', 'tries', 'waiting' }

local function key(name)
  return KEYS[1] .. ':' .. name
end

local function get(name, field)
  return redis.call('HGET', key(name), field) or ''
end

local function look(name, at)
  redis.call('ZADD', KEYS[1], at == '' and '+inf' or at, name)
end

local function fire(name, next, due)
  redis.call('HSET', key(name), 'next', next)
  redis.call('HDEL', key(name), unpack(UNDECIDED))
  look(name, get(name, 'paused') == '' and due or '')
end

local function record(name, result)
  local all = result .. '\n' .. get(name, 'results')
  local at = 0
  for _ = 1, RESULTS do
    at = string.find(all, '\n', at + 1, true)
    if not at then break end
  end
  redis.call('HSET', key(name), 'results', at and string.sub(all, 1, at - 1) or all)
end

local function gone(name, alive)
  return get(name, 'source') == 'file' and (tonumber(get(name, 'announced')) or 0) < now - alive
end

local function hash(name)
  local all = redis.call('HGETALL', key(name))
  local fields = { name = name }
  for i = 1, #all, 2 do
    if all[i] ~= 'payload' then fields[all[i]] = all[i + 1] end
  end
  return cjson.encode(fields)
end

local act = {}

function act.due(most, alive)
  local reply = { stamp }
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', stamp, 'LIMIT', 0, most)) do
    if get(name, 'definition') == '' or gone(name, tonumber(alive)) then
      redis.call('ZREM', KEYS[1], name) -- until a node has its file again
      redis.call('PEXPIRE', key(name), FORGET)
    else
      reply[#reply + 1] = hash(name)
    end
  end
  return reply
end

function act.take(name, firing, lease)
  if get(name, 'next') ~= firing or get(name, 'paused') ~= '' or (tonumber(get(name, 'takenUntil')) or 0) > now then
    return { '0' }
  end
  local untilThen = string.format('%.0f', now + lease)
  redis.call('HSET', key(name), 'decided', firing, 'takenUntil', untilThen)
  look(name, untilThen) -- by anybody: who took it may be dead by then
  return { '1' }
end

function act.settle(name, firing, next, due, result, job)
  local mine = get(name, 'next') == firing
  if get(name, 'definition') == '' or (not mine and (job == '' or (tonumber(get(name, 'last')) or 0) >= tonumber(firing))) then
    return { '0' }
  end
  record(name, result)
  if job ~= '' then
    redis.call('HSET', key(name), 'last', firing, 'lastJob', job)
  end
  if mine then -- else it has another timing since
    fire(name, next, due)
  end
  return { '1' }
end

function act.delay(name, firing, pause, error, waiting)
  if get(name, 'next') == firing and get(name, 'paused') == '' then
    redis.call('HSET', key(name), 'decided', firing, 'takenUntil', 0, 'error', error, 'waiting', waiting)
    if error ~= '' then
      redis.call('HINCRBY', key(name), 'tries', 1)
    end
    look(name, string.format('%.0f', now + pause))
  end
  return { '1' }
end

function act.look(name, firing, at)
  if get(name, 'next') == firing and get(name, 'paused') == '' then
    look(name, at)
  end
  return { '1' }
end

function act.announce(alive, ...)
  local all, reply = { ... }, {}
  for i = 1, #all, 6 do
    local name, first, definition, timing, next, due = unpack(all, i, i + 5)
    local known = get(name, 'definition')
    local file = get(name, 'source') == 'file'
    if file and known ~= definition and first == '' and not gone(name, tonumber(alive)) then
      reply[#reply + 1] = 'DIFFERS'
    else
      local same = get(name, 'timing') == timing
      redis.call('PERSIST', key(name))
      redis.call('HSET', key(name), 'definition', definition, 'timing', timing, 'source', 'file', 'announced', stamp)
      redis.call('HDEL', key(name), 'payload')
      if not same then
        fire(name, next, due)
      elseif not redis.call('ZSCORE', KEYS[1], name) then
        look(name, get(name, 'paused') == '' and get(name, 'next') or '')
      end
      reply[#reply + 1] = known ~= '' and not file and 'REPLACED_STORED' or 'TAKEN'
    end
  end
  return reply
end

function act.put(alive, most, name, payload, paused, definition, timing, next, due)
  local file, there = get(name, 'source') == 'file', get(name, 'definition') ~= ''
  if file and not gone(name, tonumber(alive)) then
    return { 'OF_A_FILE' }
  elseif not redis.call('ZSCORE', KEYS[1], name) and redis.call('ZCARD', KEYS[1]) >= tonumber(most) then
    return { 'TOO_MANY' }
  end
  local kept = there and not file and get(name, 'timing') == timing and get(name, 'paused') == paused
  redis.call('PERSIST', key(name))
  redis.call('HSET', key(name), 'definition', definition, 'timing', timing, 'source', 'stored', 'payload', payload)
  redis.call('HDEL', key(name), 'announced', 'paused')
  if paused ~= '' then
    redis.call('HSET', key(name), 'paused', paused)
  end
  if not kept then
    fire(name, next, due)
  end
  return { there and not file and 'REPLACED' or 'CREATED' }
end

function act.pause(name)
  if get(name, 'definition') == '' then
    return { '0' }
  end
  redis.call('HSET', key(name), 'paused', '1')
  look(name, '')
  return { '1' }
end

function act.resume(name, next, due)
  if get(name, 'paused') ~= '' then
    redis.call('HDEL', key(name), 'paused')
    fire(name, next, due)
  end
  return { get(name, 'definition') == '' and '0' or '1' }
end

function act.delete(alive, name)
  if get(name, 'source') == 'file' and not gone(name, tonumber(alive)) then
    return { '0' }
  end
  redis.call('ZREM', KEYS[1], name)
  return { tostring(redis.call('DEL', key(name))) }
end

function act.record(name, result)
  if get(name, 'definition') ~= '' then
    record(name, result)
  end
  return { '1' }
end

function act.read(alive, ...)
  local reply = {}
  for _, name in ipairs({ ... }) do
    if get(name, 'definition') ~= '' and not gone(name, tonumber(alive)) then
      reply[#reply + 1] = hash(name)
    end
  end
  return reply
end

return act[ARGV[1]](unpack(ARGV, 2))
