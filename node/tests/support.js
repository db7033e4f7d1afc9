'use strict'

// Folders and keeps for tests, gone when the test is over.

const { mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const { Keep } = require('otpkeep')

/** The secret of RFC 6238 in base32. At {@link AT} its code is {@link CODE}. */
const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
const AT = 1234567890
const CODE = '005924'

const ROOT_KEY = Buffer.alloc(32, 7)

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), 'otpkeep-'))
  t.after(() => rmSync(path, { recursive: true }))
  return path
}

/** A new keep, in a folder of its own unless one is given. */
function newKeep(t, options = {}, place = folder(t)) {
  const keep = Keep.openSync(join(place, 'auth.keep'), { rootKey: ROOT_KEY, create: true, manualClock: true, ...options })
  t.after(() => keep.close())
  return keep
}

/** A new keep with the RFC's key in it. */
function keepWithKey(t, options) {
  const keep = newKeep(t, options)
  keep.writeKeySync('rfc', { secret: SECRET })
  return keep
}

module.exports = { AT, CODE, ROOT_KEY, SECRET, folder, keepWithKey, newKeep }
