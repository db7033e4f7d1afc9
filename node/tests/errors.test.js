'use strict'

const assert = require('node:assert/strict')
const { mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')

const { Keep, OtpkeepError, restoreSync } = require('otpkeep')
const { OtpkeepError: Made } = require('../lib/error.js')
const { ROOT_KEY, SECRET, folder, keepWithKey } = require('./support.js')

const TABLE = JSON.parse(readFileSync(join(__dirname, '..', '..', 'tests', 'vectors', 'errors.json'), 'utf8'))

/** What `run` throws. */
function thrown(run) {
  try {
    run()
  } catch (error) {
    return error
  }
  return assert.fail('nothing was thrown')
}

test('the kinds of the types are those of the one table', () => {
  const types = readFileSync(join(__dirname, '..', 'index.d.ts'), 'utf8')
  const [union] = types.match(/export type ErrorKind =[^]*?\n\n/)
  assert.deepEqual(
    [...union.matchAll(/'([a-z-]+)'/g)].map(([, kind]) => kind),
    TABLE.map(({ name }) => name)
  )
})

test('each kind has its code', () => {
  for (const { name } of TABLE) {
    const error = new Made({ kind: name, argument: null, reason: 'why' })
    assert.equal(error.code, `ERR_OTPKEEP_${name.toUpperCase().replace(/-/g, '_')}`)
    assert.match(error.code, /^ERR_OTPKEEP_[A-Z_]+$/)
    assert.equal(error.kind, name)
  }
})

test('an error says kind, argument and reason, the same from both twins', async (t) => {
  const keep = keepWithKey(t)
  const cases = [
    [['readKey', 'nobody'], 'key-not-found', null],
    [['readCode', 'not a name'], 'invalid-argument', 'name'],
    [['writeKey', 'rfc', { secret: SECRET }], 'key-exists', null],
    [['writeKey', 'new', { secret: SECRET, digits: 7 }], 'invalid-argument', 'digits'],
    [['writeKey', 'new', { secret: SECRET, accountName: 'x'.repeat(201) }], 'invalid-argument', 'accountName'],
    [['writeKey', 'new', { secret: Buffer.from([0xff]) }], 'invalid-argument', 'secret'],
    [
      ['generateKey', 'new', { issuer: 'Acme', accountName: 'a', barcodeSize: 5000 }],
      'invalid-argument',
      'barcodeSize'
    ],
    [['addSlot', {}], 'invalid-argument', 'rootKey'],
    [['listKeys', { limit: 1001 }], 'invalid-argument', 'limit'],
    [['unmount', 'nowhere'], 'mount-not-found', null],
    [['mount', 'totp'], 'mount-in-use', null],
    [['readCode', 'rfc', { at: -1 }], 'invalid-argument', 'at'],
    [['readCode', 'rfc', { at: 8.64e12 }], 'invalid-argument', 'at'],
    [['validateCode', 'rfc', '1', { at: new Date(-1) }], 'invalid-argument', 'at'],
    ...[Number.NaN, Infinity, -Infinity, new Date(Number.NaN), Date.now() * 1e3].flatMap((at) => [
      [['readCode', 'rfc', { at }], 'invalid-argument', 'at'],
      [['validateCode', 'rfc', '1', { at }], 'invalid-argument', 'at'],
      [['validateCodes', [['rfc', '1']], { at }], 'invalid-argument', 'at']
    ])
  ]
  for (const [[name, ...given], kind, argument] of cases) {
    const waited = thrown(() => keep[`${name}Sync`](...given))
    const promised = await keep[name](...given).catch((error) => error)
    for (const error of [waited, promised]) {
      assert.ok(error instanceof OtpkeepError && error instanceof Error, name)
      assert.equal(error.name, 'OtpkeepError')
      assert.equal(error.kind, kind, name)
      assert.equal(error.argument, argument, name)
      assert.ok(error.message.startsWith(argument ? `${kind}: ${argument}: ` : `${kind}: `), error.message)
      assert.deepEqual(Object.keys(error), ['code', 'kind', 'argument'])
      assert.ok(error.stack.startsWith(`OtpkeepError: ${kind}`))
    }
    assert.equal(waited.message, promised.message)
  }
})

test('an error is made by the package only', () => {
  for (const given of [[], ['x'], [null], [{}], [{ kind: 1 }]]) {
    assert.throws(() => new OtpkeepError(...given), {
      name: 'TypeError',
      code: 'ERR_ILLEGAL_CONSTRUCTOR',
      message: 'an OtpkeepError is made by otpkeep only'
    })
  }
})

test('opening says what is wrong', async (t) => {
  const place = folder(t)
  const location = join(place, 'auth.keep')
  writeFileSync(location, 'no keep', { mode: 0o600 })
  mkdirSync(join(place, 'folder'))
  const cases = [
    [[location, { rootKey: ROOT_KEY }], 'not-a-keep', null],
    [[join(place, 'none'), { rootKey: ROOT_KEY }], 'keep-not-found', null],
    [[location], 'invalid-argument', 'rootKey'],
    [[location, { rootKey: ROOT_KEY, passphrase: 'x' }], 'invalid-argument', 'rootKey'],
    [[location, { rootKey: Buffer.alloc(31) }], 'invalid-argument', 'rootKey'],
    [[location, { passphrase: '' }], 'invalid-argument', 'passphrase'],
    [[location, { rootKey: ROOT_KEY, passphraseCost: { memoryKib: 1 } }], 'invalid-argument', 'passphraseCost'],
    [[location, { rootKey: ROOT_KEY, busyTimeout: 600_001 }], 'invalid-argument', 'busyTimeout'],
    [[location, { keyFile: join(place, 'none') }], 'invalid-argument', 'keyFile'],
    [['', { rootKey: ROOT_KEY }], 'invalid-argument', 'location'],
    [['a\0b', { rootKey: ROOT_KEY }], 'invalid-argument', 'location'],
    [['redis://host', { rootKey: ROOT_KEY }], 'invalid-argument', 'location']
  ]
  for (const [given, kind, argument] of cases) {
    const waited = thrown(() => Keep.openSync(...given))
    const promised = await Keep.open(...given).catch((error) => error)
    for (const error of [waited, promised]) {
      assert.deepEqual([error.kind, error.argument], [kind, argument], given[0])
    }
  }
  assert.throws(() => restoreSync('', location, { rootKey: ROOT_KEY }), { argument: 'backup' })
})
