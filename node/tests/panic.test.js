'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const { copyFileSync, cpSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')

const { folder } = require('./support.js')

const PACKAGE = join(__dirname, '..')
const ROOT = join(PACKAGE, '..')
const MARKER = 'otpkeep-marker-of-the-test-panic-feature'

/** A copy of the package whose addon was built with the feature `test-panic`. */
function packageThatPanics(t) {
  const flags = ['build', '--quiet', '--locked', '-p', 'otpkeep-node', '--features', 'test-panic']
  execFileSync('cargo', flags, { cwd: ROOT, stdio: 'inherit' })
  const built = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug')
  const extension = process.platform === 'darwin' ? 'dylib' : 'so'
  const copy = folder(t)
  copyFileSync(join(built, `libotpkeep_node.${extension}`), join(copy, 'otpkeep.node'))
  cpSync(join(PACKAGE, 'lib'), join(copy, 'lib'), { recursive: true })
  return copy
}

test('a panic is an error, in every kind of call, and the process lives on', async (t) => {
  const copy = packageThatPanics(t)
  assert.ok(readFileSync(join(copy, 'otpkeep.node')).includes(MARKER))
  const native = require(join(copy, 'otpkeep.node'))
  const { OtpkeepError, settle } = require(join(copy, 'lib', 'error.js'))
  const { Keep } = require(join(copy, 'lib', 'keep.js'))

  const expected = (error) => {
    assert.ok(error instanceof OtpkeepError)
    assert.equal(error.kind, 'panic')
    assert.equal(error.code, 'ERR_OTPKEEP_PANIC')
    assert.ok(!error.message.includes(MARKER), 'what was panicked with is not shown')
    return true
  }
  for (let i = 0; i < 10; i += 1) {
    assert.throws(() => settle(native.testPanic(false)), expected)
    const panics = Array.from({ length: 20 }, async () => settle(await native.testPanic(true)))
    for (const { reason } of await Promise.allSettled(panics)) expected(reason)
  }
  const keep = await Keep.open(join(copy, 'auth.keep'), { rootKey: Buffer.alloc(32, 7), create: true })
  assert.deepEqual(await keep.listKeys(), [])
  await keep.close()
})

test('the addon of the package cannot be made to panic', () => {
  const addon = readFileSync(join(PACKAGE, 'otpkeep.node'))
  assert.ok(!addon.includes(MARKER))
  assert.ok(!('testPanic' in require('../lib/native.js')))
})
