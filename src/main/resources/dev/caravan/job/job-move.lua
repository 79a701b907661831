-- One move of one job: compare and set, in one step. Clock: Redis' own, so that all nodes agree.
--
-- KEYS[1]  the hash of the job
-- ARGV     1 states it may come from, ",QUEUED,RUNNING,"   2 state it goes to   3 its status   4 its message
--          5 number of the attempt that must be current, or ''
--          6 of "start" (begins an attempt), "free" (nobody may hold it), "own" (stored by this submission),
--            "share" (two submissions of one request: neither may take the job back from the other): any
--          7 how long nobody else may start it, ms         8 expiry, ms, 0: none
--          9 token of who asks                            10 field, 11 value, and so on
-- Returns  done (1 or 0; -1 and an error text), state, attempt, failures, interruptions, until, fingerprint
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local job = redis.pcall('HMGET', KEYS[1],
  'state', 'status', 'attempt', 'failures', 'interruptions', 'until', 'token', 'keep', 'fingerprint',
  'moves')
if job.err then -- not a hash: an error of this job must not become one of the others in its pipeline
  return { -1, job.err }
end

-- A service that knows only the wire contract writes no state, or means something else by it.
local known = string.find(',NEW,QUEUED,RUNNING,RETRYING,FINISHED,FAILED,WITHDRAWN,', ',' .. (job[1] or '') .. ',', 1, true)
local state = known and job[1] or (job[2] == '0' and 'FINISHED') or (job[2] and 'RUNNING') or 'NEW'
local attempt = tonumber(job[3]) or 0
local failures = tonumber(job[4]) or 0
local interruptions = tonumber(job[5]) or 0
local held = tonumber(job[6]) or 0
local mine = job[7] == ARGV[9]
local target, starts = ARGV[2], string.find(ARGV[6], 'start', 1, true)
local expiry = tonumber(ARGV[8])

local function answer(done)
  return { done, state, attempt, failures, interruptions, held, job[9] or '' }
end

-- Asked again, because the answer to the first time was lost: it is done. An extension is always asked again.
if mine and state == target and (starts or (target ~= 'RUNNING' and target ~= 'FAILED')) then
  return answer(1)
end
-- The submission that was taken back arrives late.
if mine and state == 'WITHDRAWN' then
  return answer(0)
end
if not string.find(ARGV[1], ',' .. state .. ',', 1, true) then
  if state == 'QUEUED' and string.find(ARGV[6], 'share', 1, true) then
    for i = 10, #ARGV, 2 do
      if ARGV[i] == 'fingerprint' and ARGV[i + 1] == job[9] then
        redis.call('HSET', KEYS[1], 'token', '')
      end
    end
  end
  return answer(0)
end
if ARGV[5] ~= '' and tonumber(ARGV[5]) ~= attempt then
  return answer(0)
end
if held > now and string.find(ARGV[6], 'free', 1, true) then
  return answer(0)
end
if not mine and state ~= 'NEW' and string.find(ARGV[6], 'own', 1, true) then
  return answer(0)
end

local stamp = string.format('%.0f', now)
local write = { 'state', target, 'status', ARGV[3], 'message', ARGV[4], 'token', ARGV[9], 'updatedAt', stamp }
local function set(field, value)
  write[#write + 1] = field
  write[#write + 1] = value
end
for i = 10, #ARGV do
  write[#write + 1] = ARGV[i]
  if i % 2 == 0 and ARGV[i] == 'failures' then failures = tonumber(ARGV[i + 1]) end
end

if state == 'NEW' or state == 'WITHDRAWN' then
  set('createdAt', stamp)
end
if state == 'RUNNING' and (starts or target == 'QUEUED') then -- its worker was lost
  interruptions = interruptions + 1
  set('interruptions', interruptions)
end
if starts then
  attempt = attempt + 1
  set('startedAt', stamp)
end
set('attempt', attempt)
held = ARGV[7] ~= '0' and now + tonumber(ARGV[7]) or 0
set('until', string.format('%.0f', held))
if expiry > 0 and state ~= target then
  set('finishedAt', stamp)
end
if state ~= target or starts then -- for those who follow the job: number, state, time, attempt; the first and the latest
  local moves = job[10] or ''
  local last = tonumber(string.match(moves, '(%d+) [^\n]*$')) or 0
  if #moves > 2000 then
    moves = string.match(moves, '^[^\n]*') .. string.sub(moves, string.find(moves, '\n', #moves - 1000, true), -1)
  end
  set('moves', (last > 0 and moves .. '\n' or '') .. (last + 1) .. ' ' .. target .. ' ' .. stamp .. ' ' .. attempt)
end
redis.call('HSET', KEYS[1], unpack(write))

if expiry > 0 then
  redis.call('PEXPIRE', KEYS[1], math.max(expiry, target ~= 'WITHDRAWN' and tonumber(job[8]) or 0))
elseif state == 'WITHDRAWN' then
  redis.call('PERSIST', KEYS[1])
end
state = target
return answer(1)
