'use strict'

// Keys, codes and attempts.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { OtpkeepError } = require('otpkeep')
const { AT, CODE, SECRET, keepWithKey, newKeep, ways } = require('./support.js')

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
    const enrollment = await call('generateKey', 'alice', {
      issuer: 'AT&T',
      accountName: 'alice@acme.com',
      keySize: 32
    })
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
}
