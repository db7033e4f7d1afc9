'use strict'

const assert = require('node:assert/strict')
const { existsSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')

const { Keep, OtpkeepError, restore, restoreSync } = require('otpkeep')
const { AT, CODE, ROOT_KEY, SECRET, folder, keepWithKey, newKeep } = require('./support.js')

/** Cheap, so that tests with passphrases are fast. */
const CHEAP = { memoryKib: 19456, passes: 1 }

/** Calls an operation both ways, in turn: `call(name)` gives what it promises, or what its twin returns. */
const ways = {
  promised: (keep) => (name, ...given) => keep[name](...given),
  waited: (keep) => async (name, ...given) => keep[`${name}Sync`](...given)
}

for (const [way, caller] of Object.entries(ways)) {
  test(`keys are written, read, listed and deleted, ${way}`, async (t) => {
    const keep = newKeep(t)
    const call = caller(keep)
    const url = 'otpauth://totp/GitHub:bot?secret=JBSWY3DPEHPK3PXP&issuer=Gitea&algorithm=SHA256&digits=8&period=60'
    const before = Math.floor(Date.now() / 1000) * 1000
    const written = await call('writeKey', 'bot', { url, skew: 0 })
    const { created, warnings, ...described } = written
    assert.deepEqual(described, {
      name: 'bot',
      issuer: 'Gitea',
      accountName: 'bot',
      algorithm: 'SHA256',
      digits: 8,
      period: 60,
      skew: 0,
      lastUsed: null
    })
    assert.ok(created instanceof Date && created.getTime() >= before)
    assert.deepEqual(warnings.map(({ name }) => name).sort(), ['issuer-mismatch', 'short-secret'])
    assert.ok(warnings.every(({ message }) => message.length > 20))
    assert.deepEqual({ ...(await call('readKey', 'bot')) }, { ...written, warnings: [] })

    await call('writeKey', 'plain', { secret: Buffer.from(SECRET), issuer: 'Acme', accountName: 'é' })
    assert.equal((await call('readKey', 'plain')).accountName, 'é')
    assert.equal((await call('readKey', 'plain')).digits, 6)
    await assert.rejects(call('writeKey', 'plain', { secret: SECRET }), { kind: 'key-exists' })
    await call('writeKey', 'plain', { secret: SECRET, overwrite: true })

    assert.deepEqual(await call('listKeys'), ['bot', 'plain'])
    assert.deepEqual(await call('listKeys', { after: 'bot' }), ['plain'])
    assert.deepEqual(await call('listKeys', { after: undefined, limit: 1 }), ['bot'])
    assert.equal(await call('deleteKey', 'bot'), undefined)
    assert.deepEqual(await call('listKeys'), ['plain'])
  })

  test(`a generated key comes with its URL and barcode, ${way}`, async (t) => {
    const call = caller(newKeep(t))
    const enrollment = await call('generateKey', 'alice', { issuer: 'AT&T', accountName: 'alice@acme.com', keySize: 32 })
    const url = new URL(enrollment.url)
    assert.equal(url.protocol, 'otpauth:')
    assert.equal(url.searchParams.get('issuer'), 'AT&T')
    assert.equal(url.searchParams.get('secret').replace(/=+$/, '').length, 52)
    assert.ok(Buffer.isBuffer(enrollment.barcode))
    assert.equal(enrollment.barcode.toString('latin1', 1, 4), 'PNG')
    assert.equal(enrollment.barcode.readUInt32BE(16), 200)
    assert.match(enrollment.svg(), /^<\?xml|^<svg/)
    assert.match(enrollment.terminal(), /[█▀▄]/)

    const copy = enrollment.barcode
    copy.fill(0)
    assert.equal(enrollment.barcode.toString('latin1', 1, 4), 'PNG', 'each barcode is a copy')

    const none = await call('generateKey', 'bob', { issuer: 'Acme', accountName: 'bob', barcodeSize: 0 })
    assert.equal(none.barcode, null)
  })

  test(`a code is read for now and for a time, ${way}`, async (t) => {
    const call = caller(keepWithKey(t))
    const code = await call('readCode', 'rfc', { at: AT + 7.9 })
    assert.equal(code.value, CODE)
    assert.equal(`${code}`, CODE)
    assert.deepEqual(code.generatedAt, new Date((AT + 7) * 1000))
    assert.deepEqual(code.expiresAt, new Date((AT + 30) * 1000))
    assert.equal(code.period, 30)
    assert.equal(code.remaining, 23)
    assert.equal((await call('readCode', 'rfc', { at: new Date((AT + 29) * 1000 + 999) })).remaining, 1)

    const now = await call('readCode', 'rfc')
    assert.ok(Math.abs(now.generatedAt - Date.now()) < 60_000)
    assert.equal((await call('readCode', 'rfc', { at: now.generatedAt })).value, now.value)
    assert.ok(!Number.isNaN((await call('readCode', 'rfc', { at: 8.63e12 })).expiresAt.getTime()))
  })

  test(`a code is accepted once, ${way}`, async (t) => {
    const call = caller(keepWithKey(t))
    const verdict = (fields) => ({ valid: false, retryAfter: 0, attemptsLeft: 100, offset: 0, ...fields })
    const validate = async (code, at) => ({ ...(await call('validateCode', 'rfc', code, { at })) })
    assert.deepEqual(await validate('123', AT), verdict({ outcome: 'malformed' }))
    assert.deepEqual(await validate('000000', AT), verdict({ outcome: 'wrong', attemptsLeft: 99 }))
    assert.deepEqual(await validate(CODE, AT - 30), verdict({ outcome: 'accepted', valid: true, offset: 1 }))
    assert.deepEqual(await validate(CODE, AT - 30), verdict({ outcome: 'replayed', retryAfter: 60 }))
    assert.deepEqual((await call('readKey', 'rfc')).lastUsed, new Date(AT * 1000))
    assert.equal((await call('validateCode', 'rfc', (await call('readCode', 'rfc')).value)).valid, true)
  })

  test(`many codes share a commit, ${way}`, async (t) => {
    const call = caller(keepWithKey(t))
    const items = [
      ['rfc', '000000'],
      ['nobody', CODE],
      ['rfc', CODE],
      ['rfc', CODE],
      ['no such name!', CODE]
    ]
    const results = await call('validateCodes', items, { at: AT })
    assert.deepEqual(
      results.map((result) => result.outcome ?? result.kind),
      ['wrong', 'key-not-found', 'accepted', 'replayed', 'invalid-argument']
    )
    assert.ok(results[1] instanceof OtpkeepError)
    assert.deepEqual(await call('validateCodes', []), [])
    await assert.rejects(call('validateCodes', Array(4097).fill(['rfc', CODE])), {
      kind: 'invalid-argument',
      argument: 'items'
    })
  })

  test(`wrong codes lock and disable a key until it is reset, ${way}`, async (t) => {
    const call = caller(keepWithKey(t, { freeAttempts: 1, lockSeconds: 8, maxFailures: 3 }))
    const validate = (at) => call('validateCode', 'rfc', '000000', { at })
    await validate(AT)
    await validate(AT)
    const locked = await validate(AT + 1)
    assert.equal(locked.outcome, 'throttled')
    assert.equal(locked.retryAfter, 7)
    assert.equal((await call('readAttempts', 'rfc')).failures, 2)
    assert.equal((await validate(AT + 8)).attemptsLeft, 0)
    assert.equal((await validate(AT + 9)).outcome, 'disabled')
    assert.deepEqual(await call('readAttempts', 'rfc'), {
      failures: 3,
      lockedUntil: null,
      disabled: true,
      attemptsLeft: 0
    })
    assert.equal(await call('resetAttempts', 'rfc'), undefined)
    assert.equal((await call('validateCode', 'rfc', CODE, { at: AT })).valid, true)

    await call('tuneMount', 'totp/', { freeAttempts: 0 })
    await call('validateCode', 'rfc', '000000')
    const { lockedUntil } = await call('readAttempts', 'rfc')
    assert.ok(lockedUntil instanceof Date && Math.abs(lockedUntil - Date.now()) < 60_000)
    await call('tuneMount', 'totp/', { throttle: false })
    assert.equal((await call('readAttempts', 'rfc')).attemptsLeft, null)
    assert.equal((await call('validateCode', 'rfc', '000000')).attemptsLeft, null)
  })

  test(`mounts are made, tuned, listed and removed, ${way}`, async (t) => {
    const keep = keepWithKey(t, { description: 'people' })
    const call = caller(keep)
    const { created, ...made } = await call('mount', 'bots', { description: 'ours', maxFailures: 9 })
    const expected = {
      path: 'bots/',
      description: 'ours',
      throttle: true,
      freeAttempts: 5,
      lockSeconds: 1,
      maxLockSeconds: 300,
      maxFailures: 9
    }
    assert.deepEqual(made, expected)
    assert.ok(created instanceof Date)
    assert.deepEqual(await call('tuneMount', 'bots/', { throttle: false }), { ...expected, throttle: false, created })
    await call('mount', 'empty')
    const mounts = await call('listMounts')
    assert.deepEqual(
      mounts.map(({ path, description }) => [path, description]),
      [
        ['bots/', 'ours'],
        ['empty/', ''],
        ['totp/', 'people']
      ]
    )

    const bots = await call('withMount', 'bots')
    assert.ok(bots instanceof Keep)
    assert.deepEqual(await bots.listKeys(), [])
    await bots.writeKey('rfc', { secret: SECRET })
    await bots.close()
    assert.deepEqual(await call('listKeys'), ['rfc'], 'siblings are closed one by one')
    assert.equal(await call('unmount', 'bots'), undefined)
    await assert.rejects(call('unmount', 'bots'), { kind: 'mount-not-found' })
    await assert.rejects(call('mount', 'totp/inside'), { kind: 'mount-in-use' })
  })

  test(`terms rotate, slots come and go, ${way}`, async (t) => {
    const place = folder(t)
    const keep = newKeep(t, {}, place)
    const call = caller(keep)
    keep.writeKeySync('rfc', { secret: SECRET })
    assert.equal(await call('rotate'), 2)
    assert.ok((await call('rewrap')) >= 1)
    assert.equal(await call('addSlot', { passphrase: 'horse', passphraseCost: CHEAP }), 2)
    writeFileSync(join(place, 'root'), Buffer.alloc(32, 9), { mode: 0o600 })
    assert.equal(await call('addSlot', { keyFile: join(place, 'root') }), 3)

    const status = await call('status')
    assert.match(status.keepId, /^[0-9a-f]{32}$/)
    assert.match(status.storage, /^SQLite 3\./)
    assert.equal(status.format, 1)
    assert.ok(status.bytes > 4096)
    assert.ok(status.created instanceof Date)
    assert.equal(status.keys, 1)
    assert.equal(status.mounts, 1)
    assert.equal(status.currentTerm, 2)
    assert.equal(status.terms, 1)
    assert.equal(typeof status.memoryLocked, 'boolean')
    assert.equal(typeof status.memoryNotDumped, 'boolean')
    assert.deepEqual(status.warnings, [])
    assert.deepEqual(
      status.slots.map(({ id, kind }) => [id, kind]),
      [
        [1, 'raw'],
        [2, 'passphrase'],
        [3, 'key-file']
      ]
    )
    assert.ok(status.slots.every(({ created }) => created instanceof Date))

    const location = pathToFileURL(join(place, 'auth.keep'))
    for (const given of [{ passphrase: Buffer.from('horse') }, { keyFile: pathToFileURL(join(place, 'root')) }]) {
      const other = await Keep.open(location, given)
      assert.deepEqual(await other.listKeys(), ['rfc'])
      await other.close()
    }
    assert.equal(await call('removeSlot', 2), undefined)
    await assert.rejects(Keep.open(location, { passphrase: 'horse' }), { kind: 'wrong-root-key' })
    for (const id of [2, -1, 2 ** 53]) {
      await assert.rejects(call('removeSlot', id), { kind: 'invalid-argument' })
    }
  })

  test(`a backup is restored, and accepts no code that may have been used, ${way}`, async (t) => {
    const place = folder(t)
    const keep = newKeep(t, {}, place)
    keep.writeKeySync('rfc', { secret: SECRET })
    const backup = join(place, 'backup.keep')
    assert.equal(await caller(keep)('backup', backup), undefined)
    assert.equal(statSync(backup).mode & 0o777, 0o600)
    await assert.rejects(caller(keep)('backup', Buffer.from(backup)), { kind: 'keep-exists' })

    const restored = join(place, 'restored.keep')
    const given = [backup, restored, { rootKey: ROOT_KEY }]
    assert.equal(way === 'promised' ? await restore(...given) : restoreSync(...given), undefined)
    const other = await Keep.open(restored, { rootKey: ROOT_KEY })
    const { value } = await other.readCode('rfc')
    assert.equal((await other.validateCode('rfc', value)).outcome, 'replayed')
    await other.close()
    await assert.rejects(restore(...given), { kind: 'keep-exists' })
    assert.throws(() => restoreSync(...given), { kind: 'keep-exists' })
  })
}

test('a keep opens with every option', async (t) => {
  const place = folder(t)
  const location = join(place, 'auth.keep')
  await assert.rejects(Keep.open(location, { rootKey: ROOT_KEY }), { kind: 'keep-not-found' })
  const options = {
    passphrase: 'correct horse',
    passphraseCost: CHEAP,
    create: true,
    mount: 'people/',
    description: 'all of us',
    throttle: true,
    freeAttempts: 1,
    lockSeconds: 2,
    maxLockSeconds: 3,
    maxFailures: 4,
    bare: false,
    busyTimeout: 100,
    strict: true,
    allowNetworkFileSystem: true,
    manualClock: false
  }
  const keep = await Keep.open(location, options)
  t.after(() => keep.close())
  const [{ created, ...mount }] = await keep.listMounts()
  assert.deepEqual(mount, {
    path: 'people/',
    description: 'all of us',
    throttle: true,
    freeAttempts: 1,
    lockSeconds: 2,
    maxLockSeconds: 3,
    maxFailures: 4
  })
  keep.writeKeySync('rfc', { secret: SECRET })
  await assert.rejects(keep.validateCode('rfc', CODE, { at: Date.now() / 1000 + 3600 }), {
    kind: 'invalid-argument',
    argument: 'at'
  })
  assert.ok(existsSync(location))
})

test('a keep can be made without a mount', async (t) => {
  const keep = newKeep(t, { bare: true })
  assert.deepEqual(keep.listMountsSync(), [])
  assert.throws(() => keep.listKeysSync(), { kind: 'mount-not-found' })
})
