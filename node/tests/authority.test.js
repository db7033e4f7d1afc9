'use strict'

// What a handle with the authority of a token may do.

const assert = require('node:assert/strict')
const { join } = require('node:path')
const { test } = require('node:test')

const { Keep, OtpkeepError } = require('otpkeep')
const { AT, CODE, ROOT_KEY, SECRET, folder, keepWithKey, newKeep, ways } = require('./support.js')

const VERIFIER = 'path "totp/code/*" { capabilities = ["update"] }'

/** A handle with a token that has just this policy. */
function withPolicy(t, keep, text, spec = { noDefaultPolicy: true }) {
  keep.writePolicySync('only', text)
  const handle = keep.withTokenSync(keep.createTokenSync({ policies: ['only'], ...spec }).secret)
  t.after(() => handle.close())
  return handle
}

for (const [way, caller] of Object.entries(ways)) {
  test(`a handle may do what the policies of its token allow, ${way}`, async (t) => {
    const keep = keepWithKey(t)
    const verifier = withPolicy(t, keep, VERIFIER, {})
    const call = caller(verifier)
    assert.equal((await call('validateCode', 'rfc', '000000')).outcome, 'wrong')
    assert.deepEqual((await call('lookupToken')).policies, ['default', 'only'])
    assert.deepEqual(await call('capabilities', 'totp/code/rfc'), ['update'])
    assert.deepEqual(await call('capabilities', 'totp/keys/rfc'), ['deny'])
    assert.deepEqual(keep.capabilitiesSync('totp/keys/rfc'), ['root'])
    const [refused] = await caller(withPolicy(t, keep, ''))('validateCodes', [['rfc', CODE]])
    assert.ok(refused instanceof OtpkeepError && refused.kind === 'permission-denied')

    await assert.rejects(call('createToken', { policies: ['other'] }), { kind: 'permission-denied' })
    keep.writePolicySync('only', 'path "totp/code/*" { capabilities = ["read"] }')
    assert.equal((await call('readCode', 'rfc')).value.length, 6)
    await assert.rejects(call('validateCode', 'rfc', CODE), { kind: 'permission-denied' }, 'a change holds at once')

    assert.equal(await call('revokeToken'), undefined)
    for (const [name, ...given] of [['readCode', 'rfc'], ['validateCode', 'rfc', CODE], ['lookupToken'], ['status']]) {
      await assert.rejects(call(name, ...given), { kind: 'bad-token', code: 'ERR_OTPKEEP_BAD_TOKEN' }, name)
    }
  })

  test(`a child ends with its parent, ${way}`, async (t) => {
    const keep = newKeep(t)
    const parent = withPolicy(t, keep, 'path "auth/token/create" { capabilities = ["update"] }', {})
    const call = caller(parent)
    const { secret, token: child } = await call('createToken', { ttl: 60 })
    assert.equal(child.parent, (await call('lookupToken')).accessor)
    assert.deepEqual(child.policies, ['default', 'only'])
    const handle = await call('withToken', secret)
    t.after(() => handle.close())
    assert.deepEqual(handle.lookupTokenSync(), child)
    await call('revokeToken')
    assert.throws(() => handle.lookupTokenSync(), { kind: 'bad-token' })
    assert.deepEqual(keep.listTokensSync(), [])
  })
}

/** What a handle may be asked for, typed and by path; what is the root key's alone has no path. */
const REQUESTS = [
  [['writeKey', 'new', { secret: SECRET }], ['write', 'totp/keys/new', { key: SECRET }]],
  [['generateKey', 'new', { issuer: 'A', accountName: 'b' }], ['write', 'totp/keys/new', { generate: true }]],
  [['readKey', 'rfc'], ['read', 'totp/keys/rfc']],
  [['readKey', 'nobody'], ['read', 'totp/keys/nobody']],
  [['listKeys'], ['list', 'totp/keys']],
  [['deleteKey', 'rfc'], ['delete', 'totp/keys/rfc']],
  [['readCode', 'rfc'], ['read', 'totp/code/rfc']],
  [['validateCode', 'rfc', CODE], ['write', 'totp/code/rfc', { code: CODE }]],
  [['readAttempts', 'rfc'], ['read', 'totp/attempts/rfc']],
  [['resetAttempts', 'rfc'], ['delete', 'totp/attempts/rfc']],
  [['mount', 'new'], ['write', 'sys/mounts/new', { type: 'totp' }]],
  [['tuneMount', 'totp', {}], ['write', 'sys/mounts/totp/tune']],
  [['unmount', 'totp'], ['delete', 'sys/mounts/totp']],
  [['listMounts'], ['read', 'sys/mounts']],
  [['writePolicy', 'p', ''], ['write', 'sys/policies/acl/p', { policy: '' }]],
  [['readPolicy', 'p'], ['read', 'sys/policies/acl/p']],
  [['listPolicies'], ['list', 'sys/policies/acl']],
  [['deletePolicy', 'p'], ['delete', 'sys/policies/acl/p']],
  [['createToken'], ['write', 'auth/token/create']],
  [['lookupToken'], ['read', 'auth/token/lookup-self']],
  [['lookupToken', 'oac_x'], ['write', 'auth/token/lookup-accessor', { accessor: 'oac_x' }]],
  [['renewToken'], ['write', 'auth/token/renew-self']],
  [['revokeToken'], ['write', 'auth/token/revoke-self']],
  [['listTokens'], ['list', 'auth/token/accessors']],
  [['capabilities', 'x'], ['write', 'sys/capabilities-self', { paths: 'x' }]],
  [
    ['enableAudit', 'file', '/nowhere/audit.log'],
    ['write', 'sys/audit/file', { type: 'file', file_path: '/nowhere/audit.log' }]
  ],
  [['disableAudit', 'file'], ['delete', 'sys/audit/file']],
  [['listAudits'], ['read', 'sys/audit']],
  [['auditHash', 'x'], ['write', 'sys/audit-hash', { input: 'x' }]],
  [['rotate']],
  [['rewrap']],
  [['addSlot', { rootKey: ROOT_KEY }]],
  [['removeSlot', 1]],
  [['backup', 'backup.keep']],
  [['status']]
]

test('what is not allowed is refused alike, typed and by path, and nothing happens', async (t) => {
  const keep = keepWithKey(t)
  const nobody = withPolicy(t, keep, '')
  const names = new Set()
  for (const [name, ...given] of REQUESTS.flat()) {
    names.add(name)
    for (const call of Object.values(ways)) {
      await assert.rejects(call(nobody)(name, ...given), (error) => {
        assert.ok(error instanceof OtpkeepError)
        assert.deepEqual([error.kind, error.code], ['permission-denied', 'ERR_OTPKEEP_PERMISSION_DENIED'], name)
        assert.match(error.message, /permission denied/)
        return true
      })
    }
  }
  // `help` asks for a living token alone, and the others make or end a handle or answer for each item.
  const others = ['help', 'validateCodes', 'withMount', 'withToken', 'close', 'closed', 'constructor']
  const methods = Object.getOwnPropertyNames(Keep.prototype).filter((name) => !name.endsWith('Sync'))
  assert.deepEqual([...names, ...others].sort(), methods.sort(), 'every operation was asked for')
  assert.deepEqual(keep.listKeysSync(), ['rfc'])
  assert.equal(keep.readAttemptsSync('rfc').failures, 0)
  assert.deepEqual(keep.listMountsSync().map(({ path }) => path), ['totp/'])
})

test('handles with tokens work side by side', async (t) => {
  const keep = keepWithKey(t)
  const verifier = withPolicy(t, keep, VERIFIER)
  keep.writePolicySync('reader', 'path "totp/code/*" { capabilities = ["read"] }')
  const reader = await keep.withToken(keep.createTokenSync({ policies: ['reader'] }).secret)
  t.after(() => reader.close())
  const rounds = Array.from({ length: 50 }, () => [
    reader.readCode('rfc').then(() => 'read'),
    reader.validateCode('rfc', '1').catch(({ kind }) => kind),
    verifier.readCode('rfc').catch(({ kind }) => kind),
    verifier.validateCode('rfc', '1').then(({ outcome }) => outcome)
  ])
  for (const round of rounds) {
    assert.deepEqual(await Promise.all(round), ['read', 'permission-denied', 'permission-denied', 'malformed'])
  }
})

test('a sibling on another mount keeps the authority', async (t) => {
  const keep = keepWithKey(t)
  keep.mountSync('bots')
  const verifier = withPolicy(t, keep, VERIFIER)
  const sibling = await verifier.withMount('bots')
  t.after(() => sibling.close())
  await assert.rejects(sibling.validateCode('rfc', CODE), { kind: 'permission-denied' })
  const back = sibling.withMountSync('totp')
  t.after(() => back.close())
  assert.equal(back.validateCodeSync('rfc', '000000').outcome, 'wrong')
  verifier.closeSync()
  assert.equal(back.validateCodeSync('rfc', '000000').outcome, 'wrong', 'it outlives the handle it was made from')
})

test('a token is valid for whoever opens the keep, and for no other keep', async (t) => {
  const place = folder(t)
  const keep = newKeep(t, {}, place)
  const { secret } = keep.createTokenSync({ policies: ['a'] })
  const other = await Keep.open(join(place, 'auth.keep'), { rootKey: ROOT_KEY })
  t.after(() => other.close())
  const handle = other.withTokenSync(secret)
  t.after(() => handle.close())
  assert.equal(handle.lookupTokenSync().parent, null)
  keep.revokeTokenSync(secret)
  assert.throws(() => handle.lookupTokenSync(), { kind: 'bad-token' })
  assert.throws(() => newKeep(t).withTokenSync(secret), { kind: 'bad-token' })
})

test('a time that a caller gives needs the root key', async (t) => {
  const keep = keepWithKey(t)
  const all = withPolicy(t, keep, 'path "*" { capabilities = ["read", "update", "list", "delete", "sudo"] }')
  await assert.rejects(all.readCode('rfc', { at: AT }), { kind: 'permission-denied' })
  await assert.rejects(all.validateCode('rfc', CODE, { at: AT }), { kind: 'permission-denied' })
})
