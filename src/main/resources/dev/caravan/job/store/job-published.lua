-- Notes that the broker has confirmed the message of a job with an Idempotency-Key, unless its hash is gone.
--
-- KEYS[1]  the hash of the job
local fingerprint = redis.pcall('HEXISTS', KEYS[1], 'fingerprint')
if fingerprint == 1 then
  redis.call('HSET', KEYS[1], 'published', 1)
end
