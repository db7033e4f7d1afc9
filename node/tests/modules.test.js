'use strict'

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { join } = require('node:path')

const required = require('otpkeep')

test('both kinds of modules export the same', async () => {
  const imported = await import('otpkeep')
  assert.deepEqual(Object.keys(required).sort(), ['Keep', 'OtpkeepError', 'restore', 'restoreSync'])
  const { default: whole, ...named } = imported
  assert.deepEqual(Object.keys(named).sort(), Object.keys(required).sort())
  for (const [name, value] of Object.entries(required)) assert.equal(named[name], value)
  assert.equal(whole, required)
})

test('nothing else can be reached', async () => {
  for (const inside of ['otpkeep/lib/keep.js', 'otpkeep/otpkeep.node']) {
    assert.throws(() => require(inside), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
    await assert.rejects(import(inside), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' })
  }
  assert.equal(require('otpkeep/package.json').name, 'otpkeep')
})

test('every operation comes twice', () => {
  const { Keep } = required
  const once = ['constructor', 'closed']
  const names = Object.getOwnPropertyNames(Keep.prototype).filter((name) => !once.includes(name))
  for (const name of names.filter((name) => !name.endsWith('Sync'))) {
    assert.ok(names.includes(`${name}Sync`), name)
    assert.equal(Keep.prototype[name].name, name)
    assert.equal(Keep.prototype[name].constructor.name, 'AsyncFunction', name)
    assert.equal(Keep.prototype[`${name}Sync`].name, `${name}Sync`)
    assert.equal(Keep.prototype[`${name}Sync`].constructor.name, 'Function', name)
  }
  assert.equal(Keep.open.constructor.name, 'AsyncFunction')
  assert.equal(required.restore.constructor.name, 'AsyncFunction')
  assert.deepEqual(Object.keys(Keep.prototype), [], 'methods are not enumerable')
})

test('the modules of this package are one, however they are reached', async () => {
  const { Keep } = await import(pathToFileURL(join(__dirname, '..', 'index.mjs')))
  assert.equal(Keep, required.Keep)
})
