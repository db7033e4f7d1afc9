'use strict'

const assert = require('node:assert/strict')
const { join } = require('node:path')
const { test } = require('node:test')
const { format, inspect } = require('node:util')
const v8 = require('node:v8')

const { Keep } = require('otpkeep')
const { AT, CODE, SECRET, folder, newKeep } = require('./support.js')

const PASSPHRASE = 'Xylophone-passphrase-Quartz'
const BYTES = '12345678901234567890'
const URL_TEXT = `otpauth://totp/IssuerWombat:account.pangolin?secret=${SECRET}&issuer=IssuerWombat`

/** All that must not be shown, in the spellings it could be shown in. */
const SECRETS = [
  PASSPHRASE,
  PASSPHRASE.slice(0, 12),
  Buffer.from(PASSPHRASE).toString('hex'),
  inspect(Buffer.from(PASSPHRASE)).slice(8, 30),
  SECRET,
  SECRET.slice(0, 12),
  BYTES,
  Buffer.from(BYTES).toString('hex'),
  CODE,
  'otpauth:',
  'pangolin'
]

/** Every way in which a program shows an object, short of asking it for the secret. */
function shown(value) {
  const thorough = { showHidden: true, depth: Infinity, getters: true, showProxy: true, maxStringLength: Infinity }
  return [
    inspect(value),
    inspect(value, thorough),
    inspect({ nested: [new Map([[value, value]])] }, thorough),
    inspect(value, { ...thorough, colors: true }),
    format('%o %O %j', value, value, value),
    JSON.stringify(value),
    JSON.stringify({ ...value }),
    JSON.stringify(Object.getOwnPropertyDescriptors(value)),
    Object.prototype.toString.call(value)
  ].join('\n')
}

function assertSilent(value, except = []) {
  const text = shown(value)
  for (const secret of SECRETS) {
    if (!except.includes(secret)) assert.ok(!text.includes(secret), `${secret} is shown:\n${text}`)
  }
}

test('no object shows what is secret', async (t) => {
  const passphraseCost = { memoryKib: 19456, passes: 1 }
  const keep = await Keep.open(join(folder(t), 'auth.keep'), {
    passphrase: PASSPHRASE,
    passphraseCost,
    create: true,
    manualClock: true
  })
  t.after(() => keep.close())

  const enrollment = await keep.generateKey('alice', { issuer: 'IssuerWombat', accountName: 'account.pangolin' })
  const secret = new URL(enrollment.url).searchParams.get('secret')
  assertSilent(enrollment)
  assert.ok(!shown(enrollment).includes(secret) && !shown(enrollment).includes('PNG'))
  enrollment.svg()
  enrollment.terminal()
  assertSilent(enrollment)
  assert.ok(!/svg|[█▀▄]/.test(shown(enrollment).replace(/\[Function[^\]]*\]/g, '')))

  const key = await keep.writeKey('rfc', { url: URL_TEXT })
  assertSilent(keep)
  assert.ok(!inspect(key, { showHidden: true, depth: Infinity }).includes('pangolin'))
  assert.equal(JSON.parse(JSON.stringify(key)).accountName, 'account.pangolin')

  const code = await keep.readCode('rfc', { at: AT })
  assertSilent(code)
  assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(code))), ['generatedAt', 'expiresAt', 'period', 'remaining'])
  assertSilent(await keep.validateCode('rfc', CODE, { at: AT }))
  assertSilent(
    await keep.validateCodes(
      [
        ['rfc', CODE],
        ['nobody', CODE]
      ],
      { at: AT }
    )
  )
  assertSilent(await keep.status())
  assertSilent(await keep.readAttempts('rfc'))
  assertSilent(await keep.listMounts())

  // An object is not asked how to show it, as console.dir does not.
  const unasked = { customInspect: false, showHidden: true, depth: Infinity, showProxy: true }
  const { token, secret: issued } = keep.createTokenSync()
  for (const value of [keep, enrollment, code, keep.createTokenSync(), token, await keep.validateCode('rfc', CODE)]) {
    const text = inspect({ value }, unasked)
    for (const unshown of [...SECRETS, secret, issued, 'otk_', 'PNG']) assert.ok(!text.includes(unshown), text)
  }
})

test('a token is shown by nothing but its secret', async (t) => {
  const keep = newKeep(t)
  const spec = { policies: ['a'], displayName: 'pangolin', metadata: { pangolin: 'pangolin' } }
  for (const issued of [await keep.createToken(), keep.createTokenSync(spec)]) {
    assert.match(issued.secret, /^otk_/)
    const handle = await keep.withToken(issued.secret)
    t.after(() => handle.close())
    const described = handle.lookupTokenSync()
    for (const value of [issued, structuredClone(issued), { ...issued }, described, handle, keep.listTokensSync()]) {
      const text = `${shown(value)}${inspect(v8.deserialize(v8.serialize(issued)))}`
      assert.ok(!text.includes('otk_') && !text.includes(issued.secret.slice(4)), text)
    }
    assert.deepEqual(described, issued.token)
    assert.match(inspect(issued), /^IssuedToken \{\s+token: Token \{\s+accessor: 'oac_/)
    assert.ok(!/pangolin/.test(inspect([issued, described], { showHidden: true, depth: Infinity, getters: true })))
    assert.equal(JSON.parse(JSON.stringify(issued)).token.displayName, described.displayName)
  }
})

test('no error shows what was passed in', async (t) => {
  const location = join(folder(t), 'auth.keep')
  const root = { rootKey: Buffer.alloc(32, 7), create: true, manualClock: true }
  const keep = Keep.openSync(location, root)
  t.after(() => keep.close())
  const { secret: token } = keep.createTokenSync({ policies: ['a'] })
  const notAToken = `${token.slice(0, -1)}!`
  // Patterns and capabilities are no secrets, and an error of a policy shows them; values may be.
  const policy = `path "x" { allowed_parameters = { "code" = ["${CODE}"] } capabilities = ["none"] }`
  const wrong = [
    keep.withToken(notAToken),
    keep.withToken([token]),
    keep.lookupToken(notAToken),
    keep.renewToken(notAToken),
    keep.renewToken(token, { increment: token }),
    keep.createToken({ policies: [PASSPHRASE, ''] }),
    keep.createToken({ displayName: PASSPHRASE.repeat(100) }),
    keep.createToken({ metadata: { x: PASSPHRASE.repeat(100) } }),
    keep.createToken({ metadata: { x: [PASSPHRASE] } }),
    keep.writePolicy('a', policy),
    keep.writePolicy('a', [policy]),
    keep.auditHash([PASSPHRASE]),
    keep.read('auth/token/lookup-self'),
    keep.write('auth/token/lookup', { token: notAToken }),
    keep.write('auth/token/renew', { token: [token] }),
    keep.write('totp/keys/a', { key: `${SECRET}!` }),
    keep.write('totp/keys/a', { url: `${URL_TEXT}&digits=7` }),
    keep.write('totp/keys/a', { key: [SECRET] }),
    keep.write('totp/keys/a', { key: () => SECRET }),
    keep.write('totp/keys/a', SECRET),
    keep.write('totp/code/nobody', { code: CODE }),
    keep.write('sys/policies/acl/a', { policy }),
    Keep.open(location, { passphrase: PASSPHRASE }),
    Keep.open(location, { passphrase: PASSPHRASE, rootKey: Buffer.from(BYTES) }),
    Keep.open(location, { rootKey: PASSPHRASE }),
    Keep.open(location, { passphrase: PASSPHRASE.repeat(100) }),
    Keep.open(location, { passphrase: `${PASSPHRASE}\ud800` }),
    Keep.open(location, { passphrase: [PASSPHRASE] }),
    Keep.open(location, PASSPHRASE),
    Keep.open(location, Buffer.from(PASSPHRASE)),
    keep.writeKey('a', { secret: `${SECRET}!` }),
    keep.writeKey('a', { secret: SECRET, url: URL_TEXT }),
    keep.writeKey('a', { url: `${URL_TEXT}&digits=7` }),
    keep.writeKey('a', { url: URL_TEXT.replace('totp', 'hotp') }),
    keep.writeKey('a', { url: Buffer.from(`${URL_TEXT}\xff`, 'latin1') }),
    keep.writeKey('a', { url: [URL_TEXT] }),
    keep.writeKey('a', SECRET),
    keep.writeKey('a', { secret: SECRET, algorithm: SECRET }),
    keep.generateKey('a', { secret: SECRET }),
    keep.validateCode(`${CODE} is no name`, CODE, { at: AT }),
    keep.validateCode('nobody', CODE, { at: AT }),
    keep.validateCode('nobody', [CODE], { at: AT }),
    keep.validateCode('nobody', CODE, CODE),
    keep.validateCodes([['nobody', [CODE]]]),
    keep.validateCodes([[[CODE], 1]]),
    keep.readCode('nobody', { at: CODE })
  ]
  const results = await Promise.allSettled(wrong)
  for (const { status, reason } of results) {
    assert.equal(status, 'rejected')
    assertSilent(reason)
    const text = `${reason.message}${reason.stack}`
    for (const secret of [...SECRETS, token, notAToken]) assert.ok(!text.includes(secret), reason.message)
  }
})
