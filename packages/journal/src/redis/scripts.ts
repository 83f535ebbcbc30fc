import { NEW_DOCUMENTS_MAX_RATIO } from "../journal.ts";

/**
 * The writes and reads that Redis does in one step, in Lua. A refusal is an answer, `{0, present version}`, and not an
 * error: an error of ioredis contains the whole command, with the bytes of a document.
 *
 * "#!lua" makes Redis (from 7 on) check before a script begins whether it may write (replica, disk error, full memory).
 * Without that line Redis checks at the first write, after other commands of the script. Memory that runs out while a
 * script runs does not stop it.
 */

interface Script {
  readonly lua: string;
  /** Absent: the number is the call's first argument. */
  readonly numberOfKeys?: number;
}

/**
 * The number of documents of an index, and the bytes of their values, in a key beside the index that ends with the index.
 * With HSET and not with HINCRBY or ZCARD, so that the Redis user of the version before needs no further permissions.
 * Documents of that version have no field `counted`: the first write counts them, and until then nothing is subtracted for them.
 */
const COUNT = `
local function size_of(index)
  local size = call('HMGET', (string.gsub(index, ':index:', ':size:', 1)), 'documents', 'bytes')
  return tonumber(size[1] or 0), tonumber(size[2] or 0)
end
local function count(index, documents, bytes)
  local key = string.gsub(index, ':index:', ':size:', 1)
  local held_documents, held_bytes = size_of(index)
  if held_documents + documents <= 0 then return call('UNLINK', key) end
  call('HSET', key, 'documents', held_documents + documents, 'bytes', math.max(0, held_bytes + bytes))
end`;

/** The bytes of a document's value and records, which count in its indexes, and the key of its log. */
const LOG = `
local function bytes_of(document)
  return call('HSTRLEN', document, 'value') + tonumber(call('HMGET', document, 'logged')[1] or 0)
end
local function log_of(document) return (string.gsub(document, ':document:', ':log:', 1)) end`;

/**
 * Whether Redis lacks the room for a new document, by its own measure: buffers of replicas do not count. A user without INFO and a store
 * whose INFO has no memory give no answer, and documents are refused when memory is full. Costs Redis 16 µs, for which reason only new
 * documents ask.
 */
const ROOM = `
local function lacks_room(bytes)
  local info = redis.pcall('INFO', 'memory')
  if type(info) ~= 'string' then return false end
  local function field(name) return tonumber(string.match(info, name .. ':(%d+)') or 0) end
  local most, used = field('maxmemory'), field('used_memory') - field('mem_not_counted_for_evict')
  return most > 0 and used + bytes > ${NEW_DOCUMENTS_MAX_RATIO} * most
end`;

/**
 * KEYS document sequence index… · ARGV value, expected version or "", "1" if it moves to the indexes given, and of a
 * quota the index or "", most documents, most bytes. Answers {2, 0} above the quota, {3, 0} without room for a new document.
 */
const put: Script = {
  lua: `#!lua
local call = redis.call${COUNT}${LOG}${ROOM}
local before = call('HMGET', KEYS[1], 'version', 'counted', 'indexes')
local version = tonumber(before[1] or 0)
if ARGV[2] ~= '' and tonumber(ARGV[2]) ~= version then return {0, version} end
if ARGV[2] == '0' and lacks_room(#ARGV[1]) then return {3, 0} end
local bytes, held = #ARGV[1], bytes_of(KEYS[1])
local stands = before[3] and cmsgpack.unpack(before[3]) or {}
if ARGV[4] ~= '' then
  local is_new, grown = true, bytes
  for _, index in ipairs(stands) do
    if index == ARGV[4] then is_new, grown = false, bytes - held end
  end
  local documents, taken = size_of(ARGV[4])
  if is_new and documents >= tonumber(ARGV[5]) then return {2, 0} end
  if grown > 0 and taken + grown > tonumber(ARGV[6]) then return {2, 0} end
end
if before[2] then
  for _, index in ipairs(stands) do count(index, -1, -held) end
end
if ARGV[3] == '1' or version == 0 then
  for _, index in ipairs(stands) do call('ZREM', index, KEYS[1]) end
  local sequence = call('INCR', KEYS[2])
  stands = {}
  for at = 3, #KEYS do
    stands[at - 2] = KEYS[at]
    call('ZADD', KEYS[at], sequence, KEYS[1])
  end
  call('HSET', KEYS[1], 'sequence', sequence, 'indexes', cmsgpack.pack(stands))
end
for _, index in ipairs(stands) do count(index, 1, bytes) end
if call('UNLINK', log_of(KEYS[1])) == 1 then call('HSET', KEYS[1], 'logged', 0) end
call('HSET', KEYS[1], 'version', version + 1, 'value', ARGV[1], 'counted', 1)
return {1, version + 1}`,
};

/** KEYS document · ARGV expected version or "". It frees memory, so full memory does not stop it. */
const remove: Script = {
  numberOfKeys: 1,
  lua: `#!lua flags=allow-oom
local call = redis.call${COUNT}${LOG}
local before = call('HMGET', KEYS[1], 'version', 'counted', 'indexes')
local version = tonumber(before[1] or 0)
if ARGV[1] ~= '' and tonumber(ARGV[1]) ~= version then return {0, version} end
if version == 0 then return {1, 0} end
local held = bytes_of(KEYS[1])
for _, index in ipairs(cmsgpack.unpack(before[3])) do
  call('ZREM', index, KEYS[1])
  if before[2] then count(index, -1, -held) end
end
call('UNLINK', KEYS[1], log_of(KEYS[1]))
return {1, 1}`,
};

/**
 * KEYS index · ARGV first score, most documents, most bytes. Answers the cursor of the next page, or "", and then
 * key, version, value of each document. Looks one document further than the page, and at its size alone.
 */
const list: Script = {
  numberOfKeys: 1,
  lua: `#!lua flags=no-writes
local call = redis.call
local from, limit, room = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local page, count, bytes, last = {''}, 0, 0, nil
local chunk = math.min(limit + 1, 128)
while true do
  local found = call('ZRANGE', KEYS[1], from, '-inf', 'BYSCORE', 'REV', 'LIMIT', 0, chunk, 'WITHSCORES')
  for at = 1, #found, 2 do
    local key = found[at]
    local version = call('HGET', key, 'version')
    if version then
      bytes = bytes + call('HSTRLEN', key, 'value')
      if count >= limit or (count > 0 and bytes > room) then
        page[1] = last
        return page
      end
      count, last = count + 1, found[at + 1]
      page[#page + 1] = key
      page[#page + 1] = version
      page[#page + 1] = call('HGET', key, 'value')
    end
    from = '(' .. found[at + 1]
  end
  if #found < 2 * chunk then return page end
end`,
};

/** The records before are not read. */
const APPEND = `
local call = redis.call${COUNT}${LOG}
local before = call('HMGET', KEYS[1], 'version', 'counted', 'indexes', 'logged')
local version = tonumber(before[1] or 0)
if version == 0 or tonumber(ARGV[1]) ~= version then return {0, version} end
local grown, logged = 0, tonumber(before[4] or 0)
if ARGV[2] == '1' then
  grown = #ARGV[3] - call('HSTRLEN', KEYS[1], 'value')
  call('HSET', KEYS[1], 'value', ARGV[3])
end
for at = 4, #ARGV do
  call('RPUSH', log_of(KEYS[1]), ARGV[at])
  grown, logged = grown + #ARGV[at], logged + #ARGV[at]
end
call('HSET', KEYS[1], 'version', version + 1, 'logged', logged)
if before[2] then
  for _, index in ipairs(cmsgpack.unpack(before[3])) do count(index, 0, grown) end
end
return {1, version + 1}`;

/** KEYS document · ARGV expected version, "1" if a value follows, the value, record…. */
const append: Script = { numberOfKeys: 1, lua: `#!lua${APPEND}` };

/** As `append`. Full memory does not stop it. */
const appendAnyway: Script = { numberOfKeys: 1, lua: `#!lua flags=allow-oom${APPEND}` };

/** KEYS document · ARGV records to leave out, most bytes. Answers nothing without a document, else version, "1" at the end, record…. */
const read: Script = {
  numberOfKeys: 1,
  lua: `#!lua flags=no-writes
local call = redis.call${LOG}
local version = call('HMGET', KEYS[1], 'version')[1]
if not version then return {} end
local page, bytes, at = {version, '1'}, 0, tonumber(ARGV[1])
while true do
  local found = call('LRANGE', log_of(KEYS[1]), at, at + 31)
  for _, record in ipairs(found) do
    bytes = bytes + #record
    if #page > 2 and bytes > tonumber(ARGV[2]) then
      page[2] = '0'
      return page
    end
    page[#page + 1] = record
  end
  if #found < 32 then return page end
  at = at + 32
end`,
};

/** The present moment in ms, by the one clock that all instances share. */
const NOW = `
local time = call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

/** KEYS queue · ARGV ms from now, "NX" for missing keys alone, key…. Full memory does not stop it: otherwise each instance would take over all work. */
const schedule: Script = {
  numberOfKeys: 1,
  lua: `#!lua flags=allow-oom
local call = redis.call${NOW}
for at = 3, #ARGV do
  if ARGV[2] == 'NX' then call('ZADD', KEYS[1], 'NX', now + ARGV[1], ARGV[at])
  else call('ZADD', KEYS[1], now + ARGV[1], ARGV[at]) end
end
return 1`,
};

/** KEYS queue · ARGV most keys, ms until they are due again. */
const claimDue: Script = {
  numberOfKeys: 1,
  lua: `#!lua flags=allow-oom
local call = redis.call${NOW}
local due = call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, key in ipairs(due) do call('ZADD', KEYS[1], now + ARGV[2], key) end
return due`,
};

/**
 * KEYS bucket · ARGV its tokens, µs until one has come. Answers whether one was taken, and the µs until the bucket is full. Its
 * arithmetic is that of `InProcessBuckets`. A moment beyond that of an empty bucket, after a failover to an earlier clock or from a larger
 * limit, becomes that of an empty one.
 */
const takeToken: Script = {
  numberOfKeys: 1,
  lua: `#!lua
local call = redis.call
local time = call('TIME')
local now, token = time[1] * 1000000 + time[2], tonumber(ARGV[2])
local window, taken = ARGV[1] * token, 0
local until_full = math.max(0, (call('GET', KEYS[1]) or 0) - now)
if until_full + token <= window then taken, until_full = 1, until_full + token
elseif until_full <= window then return {0, until_full}
else until_full = window end
call('SET', KEYS[1], string.format('%.0f', now + until_full), 'PX', math.ceil(until_full / 1000))
return {taken, until_full}`,
};

/** KEYS any of ours. Writes nothing, and is refused exactly when a write would be, except for full memory. */
const probe: Script = { numberOfKeys: 1, lua: "#!lua flags=allow-oom\nreturn 1" };

/** By the names under which ioredis makes them commands. */
export const scripts: Readonly<Record<string, Script>> = {
  journalPut: put,
  journalDelete: remove,
  journalList: list,
  journalAppend: append,
  journalAppendAnyway: appendAnyway,
  journalRead: read,
  journalSchedule: schedule,
  journalClaimDue: claimDue,
  journalTakeToken: takeToken,
  journalProbe: probe,
};
