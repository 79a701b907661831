-- Forgets a job that has ended: takes what it holds, and leaves what keeps its messages from running.
--
-- KEYS[1]  the hash of the job
-- ARGV     1 who discards it   2 states it may be in, ",FINISHED,FAILED,"
-- Returns  its state, and its type or ''; nothing if it is in none of them, has no copy on the dead queue yet, or was discarded
local job = redis.pcall('HMGET', KEYS[1], 'state', 'type', 'buried', 'discarded')
if job.err or not job[1] or job[4] or not string.find(ARGV[2], ',' .. job[1] .. ',', 1, true)
  or job[1] == 'FAILED' and not job[3] then
  return {}
end
redis.call('HDEL', KEYS[1], 'payload', 'attempts', 'moves', 'errorType', 'errorMessage',
  'errorStep', 'errorPlace', 'errorStack', 'progress', 'progressText')
redis.call('HSET', KEYS[1], 'discarded', ARGV[1], 'result', '')
return { job[1], job[2] or '' }
