'use strict'

const assert = require('node:assert/strict')
const { join } = require('node:path')
const { test } = require('node:test')
const vm = require('node:vm')

const { Keep, restore, restoreSync } = require('otpkeep')
const { AT, CANARY, CODE, NOT_TEXT, ROOT_KEY, SECRET, UNKNOWN, folder, keepWithKey, refuses } = require('./support.js')

test('a code is a string and nothing else', async (t) => {
  const keep = keepWithKey(t)
  for (const code of NOT_TEXT) {
    await refuses(keep, ['validateCode', 'rfc', code, { at: AT }], /^code must be a string, but is /)
    await refuses(
      keep,
      [
        'validateCodes',
        [
          ['rfc', CODE],
          ['rfc', code]
        ],
        { at: AT }
      ],
      /^items\[1\]\[1\] must be a string/
    )
  }
  assert.equal(keep.readAttemptsSync('rfc').failures, 0)
  assert.equal(keep.validateCodeSync('rfc', CODE, { at: AT }).valid, true, 'nothing was validated')
})

test('names and paths are strings', async (t) => {
  const keep = keepWithKey(t)
  for (const value of NOT_TEXT) {
    for (const name of ['readKey', 'deleteKey', 'readCode', 'readAttempts', 'resetAttempts']) {
      await refuses(keep, [name, value], /^name must be a string, but is /)
    }
    await refuses(keep, ['writeKey', value, { secret: SECRET }], /^name must be/)
    await refuses(keep, ['generateKey', value, {}], /^name must be/)
    await refuses(keep, ['validateCode', value, CODE], /^name must be/)
    for (const name of ['mount', 'tuneMount', 'unmount', 'withMount']) {
      await refuses(keep, [name, value], /^mount must be a string, but is /)
    }
  }
  await refuses(keep, ['readKey', '\ud800'], /^name must be well-formed/)
})

test('paths of files are strings, bytes or file URLs', async (t) => {
  const keep = keepWithKey(t)
  const wrong = [undefined, null, 5, true, [], {}, new Date()]
  for (const value of wrong) {
    await refuses(keep, ['backup', value], /^destination must be a string, a Uint8Array or a file: URL/)
    await refuses(Keep, ['open', value, { rootKey: ROOT_KEY }], /^location must be/)
    await refuses({ restore, restoreSync }, ['restore', value, 'x', {}], /^backup must be/)
    await refuses({ restore, restoreSync }, ['restore', 'x', value, {}], /^location must be/)
  }
  await assert.rejects(keep.backup(new URL('https://example.org/')), TypeError)
  assert.throws(() => keep.backupSync(new URL('https://example.org/')), TypeError)
})

test('options are objects with known names', async (t) => {
  const location = join(folder(t), 'auth.keep')
  const keep = keepWithKey(t)
  class Options {
    passphrase = CANARY
  }
  const ofAClass = [new Options(), new Map([['create', true]]), new Date(), new Number(5), Object.create({ at: AT })]
  ofAClass.push(Object.create(Object.create(null)), new (class extends Options {})())
  for (const value of [null, 5, CANARY, [CANARY], Buffer.from(CANARY), () => CANARY, ...ofAClass]) {
    await refuses(Keep, ['open', location, value], /^options must be a plain object, but is /)
    await refuses(keep, ['writeKey', 'new', value], /^spec must be a plain object/)
    await refuses(keep, ['generateKey', 'new', value], /^spec must be a plain object/)
    await refuses(keep, ['addSlot', value], /^options must be a plain object/)
    for (const name of ['listKeys']) await refuses(keep, [name, value], /^options must be a plain object/)
    await refuses(keep, ['readCode', 'rfc', value], /^options must be a plain object/)
    await refuses(keep, ['validateCode', 'rfc', CODE, value], /^options must be a plain object/)
    await refuses(keep, ['validateCodes', [], value], /^options must be a plain object/)
    await refuses(keep, ['mount', 'new', value], /^options must be a plain object/)
    await refuses(keep, ['tuneMount', 'totp', value], /^options must be a plain object/)
  }
  await refuses(Keep, ['open', location, { passphrse: CANARY }], /^options has no option 'passphrse'$/, UNKNOWN)
  await refuses(Keep, ['open', location, { root_key: CANARY }], /^options has no option 'root_key'$/, UNKNOWN)
  const cost = { memory: 1 }
  await refuses(Keep, ['open', location, { passphraseCost: cost }], /^passphraseCost has no option 'memory'$/, UNKNOWN)
  for (const option of ['create', 'mount', 'manualClock', 'passphraseCost', 'description']) {
    const given = ['restore', 'a.keep', 'b.keep', { rootKey: ROOT_KEY, [option]: CANARY }]
    await refuses({ restore, restoreSync }, given, new RegExp(`^options has no option '${option}'$`), UNKNOWN)
  }
  const withPrototype = JSON.parse('{"__proto__": {"create": true}}')
  await refuses(Keep, ['open', location, withPrototype], /no option '__proto__'/, UNKNOWN)
  await refuses(Keep, ['open', location, { toString: () => CANARY }], /no option 'toString'/, UNKNOWN)
  await refuses(keep, ['writeKey', 'new', { secert: CANARY }], /^spec has no option 'secert'$/, UNKNOWN)
  await refuses(keep, ['validateCode', 'rfc', CODE, { att: AT }], /^options has no option 'att'$/, UNKNOWN)
  await refuses(keep, ['addSlot', { create: true }], /^options has no option 'create'$/, UNKNOWN)
  await refuses(keep, ['mount', 'new', { freeattempts: 1 }], /^options has no option 'freeattempts'$/, UNKNOWN)
})

test('options may be of another realm, or of none', async (t) => {
  const keep = keepWithKey(t)
  const given = [{ at: AT }, { __proto__: null, at: AT }, vm.runInNewContext(`({ at: ${AT} })`)]
  for (const options of given) assert.equal((await keep.readCode('rfc', options)).value, CODE)
})

test('to tune a mount, something must be given', async (t) => {
  const keep = keepWithKey(t)
  await refuses(keep, ['tuneMount', 'totp'], /^options must be a plain object, but is of type undefined$/)
  assert.equal(keep.tuneMountSync('totp', {}).path, 'totp/')
})

test('options have types', async (t) => {
  const location = join(folder(t), 'auth.keep')
  const keep = keepWithKey(t)
  for (const option of ['passphrase', 'rootKey', 'keyFile']) {
    for (const value of [null, 5, true, [CANARY], { CANARY }]) {
      const types = option === 'rootKey' ? 'a Uint8Array, but is ' : 'a string(, a Uint8Array or| or a Uint8Array)'
      await refuses(Keep, ['open', location, { [option]: value }], new RegExp(`^${option} must be ${types}`))
    }
    const refusal = option === 'rootKey' ? 'a Uint8Array, but is of type string$' : 'well-formed'
    const lone = `${CANARY}\udfff`
    await refuses(Keep, ['open', location, { [option]: lone }], new RegExp(`^${option} must be ${refusal}`))
  }
  await refuses(Keep, ['open', location, { rootKey: CANARY.repeat(4).slice(0, 32) }], /^rootKey must be a Uint8Array/)
  for (const option of ['create', 'bare', 'strict', 'throttle', 'allowNetworkFileSystem', 'manualClock']) {
    for (const value of [null, 0, 1, 'true', {}]) {
      await refuses(Keep, ['open', location, { [option]: value }], new RegExp(`^${option} must be a boolean`))
    }
  }
  await refuses(keep, ['writeKey', 'new', { overwrite: 1 }], /^overwrite must be a boolean/)
  for (const option of ['digits', 'period', 'skew', 'keySize', 'barcodeSize']) {
    for (const value of [null, '6', 6n, true, {}]) {
      await refuses(
        keep,
        ['writeKey', 'new', { secret: SECRET, [option]: value }],
        new RegExp(`^${option} must be a number`)
      )
    }
    for (const value of [Number.NaN, Infinity, 6.5]) {
      await refuses(keep, ['writeKey', 'new', { secret: SECRET, [option]: value }], /must be a whole number$/)
    }
  }
  for (const option of ['url', 'secret']) {
    await refuses(
      keep,
      ['writeKey', 'new', { [option]: [CANARY] }],
      new RegExp(`^${option} must be a string or a Uint8Array`)
    )
  }
  for (const at of [null, '1', 1n, true, {}]) {
    await refuses(keep, ['readCode', 'rfc', { at }], /^at must be a number of seconds or a Date, but is /)
  }
  for (const id of [undefined, null, '1', {}, 1.5]) await refuses(keep, ['removeSlot', id], /^slot must be/)
  for (const items of [undefined, null, 'rfc', { length: 0 }]) {
    await refuses(keep, ['validateCodes', items], /^items must be an array/)
  }
  for (const item of [undefined, 'ab', ['rfc'], ['rfc', CODE, 1], { name: 'rfc', code: CODE }]) {
    await refuses(keep, ['validateCodes', [item]], /^items\[0\] must be a pair of name and code/)
  }
  assert.deepEqual(keep.listKeysSync(), ['rfc'])
})

test('numbers outside 32 bits are refused, not wrapped', async (t) => {
  const keep = keepWithKey(t)
  for (const digits of [-1, 2 ** 32 + 6, -(2 ** 32) + 6, Number.MAX_SAFE_INTEGER]) {
    assert.throws(() => keep.writeKeySync('new', { secret: SECRET, digits }), {
      kind: 'invalid-argument',
      argument: 'digits'
    })
  }
  assert.throws(() => keep.listKeysSync({ limit: 2 ** 32 + 1 }), { argument: 'limit' })
  assert.throws(() => keep.tuneMountSync('totp', { freeAttempts: -1 }), { argument: 'freeAttempts' })
})

test('a polluted prototype gives no options', (t) => {
  t.after(() => delete Object.prototype.overwrite)
  const keep = keepWithKey(t)
  Object.prototype.overwrite = true
  assert.throws(() => keep.writeKeySync('rfc', { secret: SECRET }), { kind: 'key-exists' })
})

test('secrets are copied before a call returns', async (t) => {
  const location = join(folder(t), 'auth.keep')
  const rootKey = Buffer.from(ROOT_KEY)
  const opening = Keep.open(location, { rootKey, create: true })
  rootKey.fill(0)
  const keep = await opening
  t.after(() => keep.close())
  const secret = Buffer.from(SECRET)
  const writing = keep.writeKey('rfc', { secret })
  secret.fill(0)
  await writing
  assert.equal((await keep.readCode('rfc', { at: AT })).value, CODE)
  await Keep.open(location, { rootKey: ROOT_KEY }).then((other) => other.close())
})

test('a keep is opened by Keep.open only', () => {
  assert.throws(() => new Keep(), TypeError)
  assert.throws(() => new Keep({}), TypeError)
  assert.throws(() => Keep.prototype.statusSync.call({}), TypeError)
})

test('methods on the wrong object reject', async () => {
  await assert.rejects(Keep.prototype.status.call({}), TypeError)
  await assert.rejects(Keep.prototype.validateCode.call({}, 'rfc', CODE), TypeError)
})

test('methods that were taken off their keep say so', async (t) => {
  const { constructor, closed, ...methods } = Object.getOwnPropertyDescriptors(Keep.prototype)
  const message = 'a method of a keep was not called on a keep'
  const expected = { name: 'TypeError', code: 'ERR_INVALID_THIS', message }
  for (const method of [...Object.values(methods).map(({ value }) => value), closed.get]) {
    for (const receiver of [undefined, null, 'keep', {}, Keep.prototype]) {
      await assert.rejects(async () => method.call(receiver), expected, method.name)
    }
  }
  const { status, open } = { status: keepWithKey(t).status, open: Keep.open }
  await assert.rejects(status(), expected)
  await assert.rejects(open(folder(t), { rootKey: ROOT_KEY }), { kind: 'not-a-keep' })
})
