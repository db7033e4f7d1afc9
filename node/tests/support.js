'use strict'

// Folders and keeps for tests, gone when the test is over; and what tests of all operations share.

const assert = require('node:assert/strict')
const { existsSync, mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { inspect } = require('node:util')

const { Keep } = require('otpkeep')

/** The secret of RFC 6238 in base32. At {@link AT} its code is {@link CODE}. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const AT = 1234567890
const CODE = '005924'

const ROOT_KEY = Buffer.alloc(32, 7)

/** Cheap, so that tests with passphrases are fast. */
const CHEAP = { memoryKib: 19456, passes: 1 }

/** Calls an operation both ways, in turn: `call(name)` gives what it promises, or what its twin returns. */
const ways = {
  promised:
    (keep) =>
    (name, ...given) =>
      keep[name](...given),
  waited:
    (keep) =>
    async (name, ...given) =>
      keep[`${name}Sync`](...given)
}

/** Found in no message: what stands for a secret that was passed in the wrong way. */
const CANARY = 'canary4711'

/** Values of every type but text. */
const NOT_TEXT = [
  undefined,
  null,
  5924,
  5924n,
  true,
  [CANARY],
  Buffer.from(CANARY),
  { CANARY },
  Symbol(CANARY),
  () => CANARY
]

/** What unknown options are refused with. */
const UNKNOWN = 'ERR_INVALID_ARG_VALUE'

/** Both twins refuse: one throws, the other rejects and never throws. */
async function refuses(keep, [name, ...given], pattern, code = 'ERR_INVALID_ARG_TYPE') {
  const expected = (error) => {
    assert.ok(error instanceof TypeError, `${name}: ${inspect(error)}`)
    assert.equal(error.code, code)
    assert.match(error.message, pattern)
    assert.ok(!error.message.includes(CANARY), error.message)
    return true
  }
  assert.throws(() => keep[`${name}Sync`](...given), expected)
  await assert.rejects(keep[name](...given), expected)
}

function folder(t, parent = tmpdir()) {
  const path = mkdtempSync(join(parent, 'otpkeep-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

/** Where waiting for the disk would take most of the time; it is in memory on Linux. */
const folderInMemory = (t) => folder(t, existsSync('/dev/shm') ? '/dev/shm' : undefined)

/** A new keep, in a folder of its own unless one is given. */
function newKeep(t, options = {}, place = folder(t)) {
  const keep = Keep.openSync(join(place, 'auth.keep'), {
    rootKey: ROOT_KEY,
    create: true,
    manualClock: true,
    ...options
  })
  t.after(() => keep.close())
  return keep
}

/** A new keep with the RFC's key in it. */
function keepWithKey(t, options) {
  const keep = newKeep(t, options)
  keep.writeKeySync('rfc', { secret: SECRET })
  return keep
}

module.exports = {
  AT,
  CANARY,
  CHEAP,
  CODE,
  NOT_TEXT,
  ROOT_KEY,
  SECRET,
  UNKNOWN,
  folder,
  folderInMemory,
  keepWithKey,
  newKeep,
  refuses,
  ways
}
