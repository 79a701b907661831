-- Writes the progress of a job, if the attempt that reports it is the current one.
--
-- KEYS[1]  the hash of the job        ARGV  1 number of the attempt   2 percent   3 text
-- Returns  1 if it is written, else 0
local job = redis.pcall('HMGET', KEYS[1], 'state', 'attempt')
if job.err or job[1] ~= 'RUNNING' or job[2] ~= ARGV[1] then
  return 0
end
redis.call('HSET', KEYS[1], 'progress', ARGV[2], 'progressText', ARGV[3])
return 1
