'use strict'

// Policies and tokens, as whoever has the root key makes them.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OtpkeepError } = require('otpkeep')
const { newKeep, ways } = require('./support.js')

for (const [way, caller] of Object.entries(ways)) {
  test(`policies are written, read, listed and deleted, ${way}`, async (t) => {
    const call = caller(newKeep(t))
    assert.deepEqual(await call('listPolicies'), ['default', 'root'])
    const text = `# who may validate: é\npath "totp/code/*" { capabilities = ["update"] }\n`
    assert.equal(await call('writePolicy', 'Verifier', text), undefined)
    assert.equal(await call('readPolicy', 'verifier'), text)
    assert.equal(await call('readPolicy', 'root'), '')
    assert.match(await call('readPolicy', 'default'), /auth\/token\/lookup-self/)
    await call('writePolicy', 'json', '{"path": {"totp/keys/*": {"capabilities": ["list"]}}}')
    assert.deepEqual(await call('listPolicies'), ['default', 'json', 'root', 'verifier'])

    await assert.rejects(call('writePolicy', 'verifier', 'path "x" {\n  capabilities = ["banana"]\n}'), (error) => {
      assert.ok(error instanceof OtpkeepError)
      assert.deepEqual([error.kind, error.code], ['invalid-policy', 'ERR_OTPKEEP_INVALID_POLICY'])
      assert.match(error.message, /line 2/)
      return true
    })
    assert.equal(await call('readPolicy', 'verifier'), text, 'a bad policy changes nothing')
    await assert.rejects(call('readPolicy', 'none'), { kind: 'policy-not-found', code: 'ERR_OTPKEEP_POLICY_NOT_FOUND' })
    for (const [name, ...given] of [
      ['writePolicy', 'root', ''],
      ['deletePolicy', 'root'],
      ['deletePolicy', 'default'],
      ['writePolicy', 'a b', ''],
      ['readPolicy', '']
    ]) {
      await assert.rejects(call(name, ...given), { kind: 'invalid-argument', argument: 'name' })
    }
    assert.equal(await call('deletePolicy', 'verifier'), undefined)
    assert.equal(await call('deletePolicy', 'verifier'), undefined)
    assert.deepEqual(await call('listPolicies'), ['default', 'json', 'root'])
  })

  test(`tokens are made, looked up, renewed and revoked, ${way}`, async (t) => {
    const keep = newKeep(t)
    const call = caller(keep)
    const before = Math.floor(Date.now() / 1000) * 1000
    const metadata = { team: 'é', ...JSON.parse('{"__proto__": "a name like any other"}') }
    const spec = { policies: ['verifier'], ttl: 3600, displayName: 'the login form', metadata }
    const issued = await call('createToken', spec)
    assert.match(issued.secret, /^otk_[\w-]{43}$/)
    const { created, expires, accessor, ...described } = issued.token
    assert.match(accessor, /^oac_[\w-]{22}$/)
    assert.deepEqual(described, { ...spec, policies: ['default', 'verifier'], renewable: true, parent: null })
    assert.ok(created instanceof Date && created.getTime() >= before)
    assert.equal(expires - created, 3600_000)
    const other = await call('createToken', spec)
    assert.notEqual(other.secret, issued.secret)

    const looked = await call('lookupToken', issued.secret)
    assert.deepEqual(looked, issued.token)
    assert.deepEqual(await call('lookupToken', accessor), looked)
    assert.throws(() => looked.policies.push('root'), TypeError)
    assert.deepEqual(await call('listTokens'), [accessor, other.token.accessor].sort())

    for (const increment of [undefined, 0, 3600, 2 ** 40]) {
      const renewed = await call('renewToken', issued.secret, { increment })
      assert.ok(Math.abs(renewed.expires - Date.now() - 3600_000) < 60_000, `${increment}`)
    }
    const renewed = await call('renewToken', accessor, { increment: 60 })
    assert.ok(renewed.expires < created.getTime() + 1800_000)
    assert.deepEqual({ ...renewed, expires: null }, { ...looked, expires: null })

    assert.equal(await call('revokeToken', accessor), undefined)
    assert.equal(await call('revokeToken', issued.secret), undefined)
    for (const gone of [issued.secret, accessor, '', 'hvs.nonsense', 'oac_nonsense']) {
      const error = { kind: 'bad-token', code: 'ERR_OTPKEEP_BAD_TOKEN' }
      await assert.rejects(call('lookupToken', gone), error)
      await assert.rejects(call('renewToken', gone), error)
      await assert.rejects(call('withToken', gone), error)
    }
    assert.deepEqual(await call('listTokens'), [other.token.accessor])
  })

  test(`a token without end, and what a token must not be, ${way}`, async (t) => {
    const keep = newKeep(t)
    const call = caller(keep)
    const { token: root } = await call('createToken')
    assert.deepEqual([root.policies, root.expires, root.ttl, root.renewable], [['root'], null, 0, false])
    const asked = { policies: ['a'], renewable: false, noDefaultPolicy: true }
    const { secret, token: fixed } = await call('createToken', asked)
    assert.deepEqual([fixed.policies, fixed.renewable, fixed.displayName], [['a'], false, 'token'])
    assert.deepEqual([fixed.metadata, fixed.ttl], [{}, 32 * 86_400])
    await assert.rejects(call('renewToken', secret), { kind: 'invalid-argument', argument: 'token' })
    await assert.rejects(call('renewToken', secret, { increment: -1 }), { argument: 'increment' })
    for (const name of ['lookupToken', 'renewToken', 'revokeToken']) {
      await assert.rejects(call(name), { kind: 'invalid-argument', argument: 'token' }, 'the root key is no token')
    }
    const cases = [
      ['ttl', { ttl: 0 }],
      ['ttl', { ttl: -1 }],
      ['ttl', { ttl: 315_360_001 }],
      ['ttl', { ttl: 2 ** 32 + 60 }],
      ['policies', { policies: ['a b'] }],
      ['policies', { policies: [''] }],
      ['policies', { policies: Array.from({ length: 65 }, (_, index) => `p${index}`) }],
      ['displayName', { displayName: 'x'.repeat(257) }],
      ['metadata', { metadata: { x: 'y'.repeat(513) } }]
    ]
    for (const [argument, spec] of cases) {
      await assert.rejects(call('createToken', { policies: ['a'], ...spec }), { kind: 'invalid-argument', argument })
    }
    assert.equal((await call('listTokens')).length, 2)
  })
}
