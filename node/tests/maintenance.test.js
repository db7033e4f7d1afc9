'use strict'

// Mounts, terms, slots, backups and the options of opening.

const assert = require('node:assert/strict')
const { existsSync, statSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')

const { Keep, restore, restoreSync } = require('otpkeep')
const { CHEAP, CODE, ROOT_KEY, SECRET, folder, keepWithKey, newKeep, ways } = require('./support.js')

for (const [way, caller] of Object.entries(ways)) {
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
