-- Removes jobs that were taken, unless they have ended again since: those are due sooner than the ones that are taken. Clock: Redis' own.
--
-- KEYS[1]  the sorted set of their ids, by when to look at them
-- ARGV     1 how soon those that have ended again are due at the latest, ms   2 id, and so on
local time = redis.call('TIME')
local soon = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
for i = 2, #ARGV do
  local due = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if due and tonumber(due) > soon then
    redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
