import { gatewayLimits } from '../../../shared/gateway/limits.ts';
import { scaleOutLimits } from './scaleOutLimits.ts';

/**
 * Each runs as one step in Redis. Names of keys are made inside from the prefix, so that these want one Redis (with
 * replicas, if wished), not Redis Cluster.
 */
export interface RedisScript {
  readonly name: string;
  readonly source: string;
}

const now = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local micros = t[1] * 1000000 + tonumber(t[2])
local P = KEYS[1]
`;

/**
 * A process that ended has no connection any more, one that only stands still has: so that its leases need not be short.
 * Where the clock was set back more is left than there can be.
 */
const gone = `
local listens = {}
local function isGone(owner, left)
  if left <= ${scaleOutLimits.leaseMs} and left > ${scaleOutLimits.leaseMs - scaleOutLimits.goneMs} then return false end
  if listens[owner] == nil then
    listens[owner] = redis.call('PUBSUB', 'NUMSUB', P..'t:ask:'..owner)[2] > 0
  end
  return not listens[owner]
end
`;

/** role, id, record, keepMs, wantsVersion, a random text for a new run. */
export const beatScript: RedisScript = {
  name: 'beat',
  source: `${now}${gone}
local role, id, record, keep = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local server = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)') or 'unknown'
local run = redis.call('HGET', P..'run', 'name')
if not run or redis.call('HGET', P..'run', 'server') ~= server then
  run = ARGV[6]
  redis.call('HSET', P..'run', 'name', run, 'server', server)
  redis.call('DEL', P..'events', P..'count', P..'gaps')
end
local isNew = redis.call('ZADD', P..role, now + keep, id) == 1
redis.call('SET', P..role..':'..id, record, 'PX', keep)
local isKnown = redis.call('PEXPIRE', P..'want:'..id, keep * 2)
redis.call('ZREMRANGEBYSCORE', P..'ingester', '-inf', now)
if redis.call('ZREMRANGEBYSCORE', P..'gateway', '-inf', now) > 0 then redis.call('INCR', P..'wants') end
-- One that was forgotten and is back still has its wants.
if isNew and role == 'gateway' then
  redis.call('INCR', P..'wants')
  redis.call('PUBLISH', P..'t:beat', '')
end
local names = redis.call('ZRANGE', P..'ingester', 0, -1, 'WITHSCORES')
local ingesters = {}
for i = 1, #names, 2 do
  local name = names[i]
  local text = redis.call('GET', P..'ingester:'..name)
  if isGone(name, tonumber(names[i + 1]) - now) then
    redis.call('ZREM', P..'ingester', name)
  elseif text then
    ingesters[#ingesters + 1] = name; ingesters[#ingesters + 1] = text
  end
end
redis.call('XTRIM', P..'events', 'MINID', '~', now - ${gatewayLimits.retentionMs})
local version = run..'.'..(redis.call('GET', P..'wants') or '0')
local gateways = redis.call('ZRANGE', P..'gateway', 0, -1)
local wants = false
if version ~= ARGV[5] and role == 'ingester' then
  wants = {}
  for i, name in ipairs(gateways) do
    wants[i] = redis.call('GET', P..'want:'..name) or ''
  end
end
return {now, run, ingesters, #gateways, version, isKnown, wants}
`,
};

/** role, id. */
export const leaveScript: RedisScript = {
  name: 'leave',
  source: `${now}
redis.call('ZREM', P..ARGV[1], ARGV[2])
redis.call('DEL', P..ARGV[1]..':'..ARGV[2], P..'want:'..ARGV[2])
if ARGV[1] == 'gateway' then redis.call('INCR', P..'wants') end
redis.call('PUBLISH', P..'t:beat', '')
return 1
`,
};

/** gateway, channels by line, keepMs. */
export const wantsScript: RedisScript = {
  name: 'wants',
  source: `${now}
local key = P..'want:'..ARGV[1]
if redis.call('GET', key) ~= ARGV[2] then
  redis.call('INCR', P..'wants')
  redis.call('PUBLISH', P..'t:beat', '')
end
redis.call('SET', key, ARGV[2], 'PX', ARGV[3])
return 1
`,
};

/** owner, keepMs, then (step, market, fence) each. A fence is the time of the claim, and so outlives an emptied Redis. */
export const leaseScript: RedisScript = {
  name: 'lease',
  source: `${now}${gone}
local owner, keep = ARGV[1], tonumber(ARGV[2])
local result = {}
for i = 3, #ARGV, 3 do
  local step, key = ARGV[i], P..'lease:'..ARGV[i + 1]
  local mine = owner..' '..ARGV[i + 2]
  local held = redis.call('GET', key)
  local left = redis.call('PTTL', key)
  if held and isGone(string.match(held, '^%S+'), left) then
    redis.call('DEL', key)
    held = false
  end
  if step == 'claim' and not held then
    local fence = math.max(micros, tonumber(redis.call('GET', P..'fence') or '0') + 1)
    local text = string.format('%.0f', fence)
    redis.call('SET', P..'fence', text)
    held = owner..' '..text
    redis.call('SET', key, held, 'PX', keep)
    left = keep
  elseif step == 'renew' and held == mine then
    redis.call('PEXPIRE', key, keep)
    left = keep
  elseif step == 'release' and held == mine then
    redis.call('DEL', key)
    redis.call('PUBLISH', P..'t:beat', '')
    held = false
  end
  result[#result + 1] = held and held..' '..math.max(0, keep - left) or ''
end
return result
`,
};

/**
 * owner, run, number, oldest time kept (ms ago), keepMs of states, most entries, then per market: name, fence, events, gaps, bytes, count
 * of states, (channel, bytes) each. Only what a present lease covers goes out.
 */
export const publishScript: RedisScript = {
  name: 'publish',
  source: `${now}
local owner, run, number = ARGV[1], ARGV[2], tonumber(ARGV[3])
if redis.call('HGET', P..'run', 'name') ~= run then return redis.error_reply('RUN is another one') end
local done = P..'batch:'..owner
if tonumber(redis.call('GET', done) or '-1') >= number then return {} end
redis.call('SET', done, number, 'PX', 60000)
local refused, fields, events, gaps = {}, {}, 0, 0
local i = 7
while i <= #ARGV do
  local market, fence, states = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 5])
  if redis.call('GET', P..'lease:'..market) == owner..' '..fence then
    if ARGV[i + 4] ~= '' then
      events = events + tonumber(ARGV[i + 2])
      gaps = gaps + tonumber(ARGV[i + 3])
      fields[#fields + 1] = market
      fields[#fields + 1] = ARGV[i + 4]
    end
    for s = i + 6, i + 4 + 2 * states, 2 do
      redis.call('SET', P..'v:'..ARGV[s], ARGV[s + 1], 'PX', ARGV[5])
      redis.call('PUBLISH', P..'t:state:'..ARGV[s], ARGV[s + 1])
    end
  else
    refused[#refused + 1] = market
  end
  i = i + 6 + 2 * states
end
if #fields > 0 then
  local first = redis.call('INCRBY', P..'count', events) - events + 1
  local firstGap = redis.call('INCRBY', P..'gaps', gaps) - gaps + 1
  redis.call('XADD', P..'events', 'MINID', '~', now - tonumber(ARGV[4]), '*',
    'run', run, 'first', first, 'gap', firstGap, unpack(fields))
  redis.call('XTRIM', P..'events', 'MAXLEN', '~', ARGV[6])
  redis.call('PEXPIRE', P..'events', 2 * tonumber(ARGV[4]))
end
return refused
`,
};

/** bytes, keepMs: one more entry of a log that is kept for so long. */
export const appendScript: RedisScript = {
  name: 'append',
  source: `${now}
redis.call('XADD', P, 'MINID', '~', now - tonumber(ARGV[2]), '*', 'b', ARGV[1])
return redis.call('PEXPIRE', P, ARGV[2])
`,
};

/** Gives up the older half of what is kept, which a full Redis still allows. */
export const roomScript: RedisScript = {
  name: 'room',
  source: `
local key = KEYS[1]..'events'
return redis.call('XTRIM', key, 'MAXLEN', math.floor(redis.call('XLEN', key) / 2))
`,
};
