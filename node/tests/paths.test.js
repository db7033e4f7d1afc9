'use strict'

// Operations by path.

const assert = require('node:assert/strict')
const { mkdtempSync, readFileSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { runInNewContext } = require('node:vm')

const { OtpkeepError } = require('otpkeep')
const { SECRET, folderInMemory, newKeep, ways } = require('./support.js')

const ROWS = JSON.parse(readFileSync(join(__dirname, '..', '..', 'tests', 'vectors', 'paths.json'), 'utf8'))
const OPERATIONS = ['read', 'write', 'list', 'delete', 'help']

/** What a request of the vectors comes to, as they write it. */
function told(keep, row) {
  const operation = OPERATIONS.find((name) => Object.hasOwn(row, name))
  try {
    const answer = keep[`${operation}Sync`](row[operation], row.with)
    if (answer === null) return null
    if (operation === 'help') return { gives: { help: answer } }
    return { gives: answer.data ?? {}, ...(answer.warnings.length > 0 && { warnings: answer.warnings }) }
  } catch (error) {
    if (!(error instanceof OtpkeepError)) throw error
    return { refused: error.kind, message: error.message }
  }
}

/** What a row wants. Nothing to tell is null in JavaScript, and its keeps follow the clock of the system. */
function wanted({ gives, warnings, refused, sentence }, given) {
  if (refused !== undefined) return { refused, message: `${refused}: ${sentence}` }
  if (gives === 'done' || gives === 'nothing') return null
  const times = gives.created && { created: given?.gives?.created }
  return { gives: { ...gives, ...times }, ...(warnings && { warnings }) }
}

test('each request of the vectors has its answer to the letter', (t) => {
  assert.ok(ROWS.length >= 80)
  const place = folderInMemory(t)
  for (const [index, row] of ROWS.entries()) {
    const keep = newKeep(t, {}, mkdtempSync(join(place, `${index}-`)))
    keep.writeSync('totp/keys/alice', { key: SECRET, issuer: 'Acme' })
    for (const request of row.after ?? []) assert.equal(told(keep, request)?.refused, undefined)
    const given = told(keep, row)
    assert.deepEqual(given, wanted(row, given), JSON.stringify(row))
    keep.closeSync()
  }
})

for (const [way, caller] of Object.entries(ways)) {
  test(`keys and codes by path, ${way}`, async (t) => {
    const call = caller(newKeep(t))
    const made = await call('write', 'totp/keys/alice', { generate: true, issuer: 'Acme', account_name: 'alice' })
    assert.deepEqual(Object.keys(made).sort(), ['auth', 'data', 'mount_type', 'warnings'])
    assert.deepEqual([made.auth, made.mount_type, made.warnings], [null, 'totp', []])
    assert.match(made.data.url, /^otpauth:\/\/totp\/Acme:alice\?/)
    assert.equal(Buffer.from(made.data.barcode, 'base64').toString('latin1', 1, 4), 'PNG')

    assert.equal((await call('read', 'totp/keys/alice')).data.account_name, 'alice')
    assert.deepEqual((await call('list', 'totp/keys')).data, { keys: ['alice'] })
    const { code } = (await call('read', 'totp/code/alice')).data
    assert.match(code, /^\d{6}$/)
    assert.deepEqual((await call('write', 'totp/code/alice', { code })).data, { valid: true })
    await assert.rejects(call('write', 'totp/code/alice', { code }), {
      message: 'replayed-code: code already used; wait until the next time period'
    })
    assert.equal((await call('read', 'totp/attempts/alice')).data.failures, 0)
    assert.equal(await call('delete', 'totp/attempts/alice'), null)

    const odd = await call('write', 'totp/keys/bob', { key: SECRET, digits: '8', colour: 'red', issuer: undefined })
    assert.equal(odd.data, null)
    assert.deepEqual(odd.warnings, ['Endpoint ignored these unrecognized parameters: [colour]'])
    assert.equal((await call('read', 'totp/keys/bob', {})).data.digits, 8)
    assert.deepEqual((await call('list', 'totp/keys', { after: 'alice', limit: 5 })).data, { keys: ['bob'] })

    assert.equal(await call('delete', 'totp/keys/bob'), null)
    assert.equal(await call('delete', 'totp/keys/alice', {}), null)
    assert.equal(await call('read', 'totp/keys/alice'), null)
    assert.equal(await call('list', 'totp/keys'), null)
  })

  test(`mounts, policies and tokens by path, ${way}`, async (t) => {
    const keep = newKeep(t)
    const call = caller(keep)
    assert.equal(await call('write', 'sys/mounts/team-a/otp', { type: 'totp', options: { max_failures: 7 } }), null)
    assert.equal(keep.listMountsSync()[0].maxFailures, 7)
    assert.equal(await call('write', 'sys/policies/acl/verifier', { policy: '# nothing' }), null)
    assert.equal((await call('read', 'sys/policies/acl/verifier')).data.policy, '# nothing')

    const meta = JSON.parse('{"team": "é", "__proto__": "a name like any other"}')
    const { auth, data } = await call('write', 'auth/token/create', { policies: ['verifier'], meta, ttl: '1m' })
    assert.equal(data, null)
    assert.deepEqual(auth.metadata, meta)
    assert.deepEqual([auth.lease_duration, auth.policies], [60, ['default', 'verifier']])
    const handle = await call('withToken', auth.client_token)
    t.after(() => handle.close())
    const own = await caller(handle)('read', 'auth/token/lookup-self')
    assert.deepEqual([own.data.accessor, own.mount_type], [auth.accessor, 'token'])
    await assert.rejects(caller(handle)('read', 'totp/keys/alice'), { kind: 'permission-denied' })
    assert.equal(await caller(handle)('write', 'auth/token/revoke-self'), null)
    await assert.rejects(caller(handle)('help', 'totp'), { kind: 'bad-token', message: 'bad-token: bad token' })
  })

  test(`help says what a path is for, ${way}`, async (t) => {
    const call = caller(newKeep(t))
    assert.match(await call('help', 'totp'), /^## DESCRIPTION\n[^]*keys/)
    assert.match(await call('help', 'totp/keys/test'), /^Request: +keys\/test\n[^]*account_name \(string\)/)
    await assert.rejects(call('help', 'totp/nonsense'), { kind: 'unsupported-path' })
  })

  test(`a refusal says its kind and Vault's sentence, ${way}`, async (t) => {
    const call = caller(newKeep(t))
    const cases = [
      [['write', 'totp/code/nobody', { code: '1' }], 'key-not-found', 'unknown key: nobody'],
      [['read', 'totp/nonsense'], 'unsupported-path', 'unsupported path'],
      [['list', 'totp/code/x'], 'unsupported-operation', 'unsupported operation'],
      [['read', 'totp/../sys/mounts'], 'invalid-argument', 'relative paths not supported'],
      [['read', 'nowhere/x'], 'unsupported-path', 'no handler for route "nowhere/x". route entry not found.']
    ]
    for (const [[name, ...given], kind, sentence] of cases) {
      await assert.rejects(call(name, ...given), (error) => {
        assert.ok(error instanceof OtpkeepError)
        assert.deepEqual([error.kind, error.argument], [kind, null])
        assert.equal(error.message, `${kind}: ${sentence}`)
        return true
      })
    }
  })
}

test('data is copied before a call returns', async (t) => {
  const keep = newKeep(t)
  const data = { key: SECRET, options: [] }
  const writing = keep.write('totp/keys/alice', data)
  data.key = 'changed'
  data.options.push(data)
  await writing
  assert.deepEqual(keep.listKeysSync(), ['alice'])
})

test('data may come from another realm, have no prototype, and lie as deep as JSON may', (t) => {
  const keep = newKeep(t)
  keep.writeSync('totp/keys/alice', runInNewContext(`({ key: '${SECRET}', more: [{}] })`))
  keep.writeSync('totp/keys/bob', Object.assign(Object.create(null), { key: SECRET }))
  let deep = null
  for (let level = 0; level < 62; level += 1) deep = level % 2 ? [deep] : { deep }
  const { warnings } = keep.writeSync('totp/keys/carol', { key: SECRET, deep })
  assert.match(warnings[0], /\[deep\]$/)
  assert.deepEqual(keep.listKeysSync(), ['alice', 'bob', 'carol'])
})

test('a changed prototype has no say in what is sent', (t) => {
  const keep = newKeep(t)
  t.after(() => {
    for (const prototype of [Object.prototype, Array.prototype, String.prototype]) delete prototype.toJSON
    delete Object.prototype.digits
  })
  for (const prototype of [Object.prototype, Array.prototype, String.prototype]) prototype.toJSON = () => 'changed'
  Object.prototype.digits = 7
  keep.writeSync('totp/keys/alice', { key: SECRET, more: ['x', {}] })
  assert.equal(keep.readKeySync('alice').digits, 6)
})

test('the names of fields are no more than names', (t) => {
  const keep = newKeep(t)
  const names = ['__proto__', 'constructor', 'toString', '', 'é']
  const data = JSON.parse(`{"key": "${SECRET}", ${names.map((name) => `"${name}": 1`).join()}}`)
  const { warnings } = keep.writeSync('totp/keys/alice', data)
  for (const name of names) assert.ok(warnings[0].includes(name))
  assert.equal({}.polluted, undefined)
})
