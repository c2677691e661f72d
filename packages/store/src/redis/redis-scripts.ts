/**
 * Scripts are sent whole, by EVAL: a server that was restarted, or that took over, knows none by its hash. Each
 * touches one key, so it works in a cluster.
 */

/**
 * Takes a key for a token, for a time. The token is of one call alone, so a client that sends the call again after
 * its connection was cut gets the same answer again; with `SET … NX` it would hear that the key is taken, by itself.
 */
export const TAKE = `local held = redis.call('GET', KEYS[1])
if held == ARGV[1] then return 1 end
if held then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`

/** Gives a key back that still has the token: it may be somebody else's by now. */
export const GIVE_BACK = `if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`
