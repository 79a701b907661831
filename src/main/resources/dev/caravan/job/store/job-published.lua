-- Notes that the broker has confirmed the message of a job with an Idempotency-Key or a unique key, unless its hash is gone.
--
-- KEYS[1]  the hash of the job
local key = redis.pcall('HMGET', KEYS[1], 'fingerprint', 'unique')
if not key.err and (key[1] or key[2]) then
  redis.call('HSET', KEYS[1], 'published', 1)
end
