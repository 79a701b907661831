-- Appends lines to the log of a job: a stream. The id of an entry is the number of the line, and the bytes up to its end; so the
-- numbers tell how many lines were dropped in between, and the bytes how large the stream is.
-- KEYS: [1] the stream
-- ARGV: [1] how many lines, and [2] bytes, are kept [3] how long the stream is kept, milliseconds [4] how many lines were dropped
--       before these; then for each line: time, level, attempt, text
local key = KEYS[1]
local number, bytes = 0, 0
local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
if last then
  local n, b = string.match(last[1], '(%d+)-(%d+)')
  number, bytes = tonumber(n), tonumber(b)
end
number = number + tonumber(ARGV[4])
for i = 5, #ARGV, 4 do
  number = number + 1
  bytes = bytes + #ARGV[i + 3]
  redis.call('XADD', key, 'MAXLEN', ARGV[1], string.format('%.0f-%.0f', number, bytes),
    'at', ARGV[i], 'level', ARGV[i + 1], 'attempt', ARGV[i + 2], 'text', ARGV[i + 3])
end
local most = tonumber(ARGV[2])
while true do
  local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
  if not first or bytes - tonumber(string.match(first[1], '-(%d+)')) < most then
    break
  end
  redis.call('XDEL', key, first[1])
end
redis.call('PEXPIRE', key, ARGV[3])
return number
