-- Takes jobs whose end somebody has to be told of. Clock: Redis' own.
--
-- KEYS[1]  the sorted set of their ids, by when to look at them
-- ARGV     1 how long nobody else gets them, ms   2 how many
-- Returns  their ids
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, ARGV[2])
local later = string.format('%.0f', now + tonumber(ARGV[1]))
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], later, id)
end
return ids
