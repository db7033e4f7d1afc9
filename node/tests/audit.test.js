'use strict'

const assert = require('node:assert/strict')
const { mkdirSync, readFileSync, rmSync, statSync } = require('node:fs')
const { join } = require('node:path')
const { test } = require('node:test')
const { pathToFileURL } = require('node:url')

const { CODE, SECRET, folder, keepWithKey, ways } = require('./support.js')

const lines = (path) => readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line))

for (const [way, caller] of Object.entries(ways)) {
  test(`each request and answer is a line, ${way}`, async (t) => {
    const path = join(folder(t), 'audit.log')
    const keep = keepWithKey(t)
    const call = caller(keep)
    const token = await call('createToken', { policies: ['none'] })
    const handle = await call('withToken', token.secret)
    t.after(() => handle.close())
    const before = Math.floor(Date.now() / 1000) * 1000
    assert.equal(await call('enableAudit', 'main', path), undefined)
    assert.equal(statSync(path).mode & 0o777, 0o600)

    await call('validateCode', 'rfc', '123456')
    await call('writeKey', 'new', { secret: SECRET, issuer: 'Acme' })
    await assert.rejects(call('readKey', 'nobody'), { kind: 'key-not-found' })
    await assert.rejects(caller(handle)('readCode', 'rfc'), { kind: 'permission-denied' })
    const [file, ...others] = await call('listAudits')
    assert.deepEqual([file.name, file.path, others], ['main', path, []])
    assert.ok(file.created instanceof Date && file.created.getTime() >= before)
    const hash = await call('auditHash', SECRET)
    assert.equal(await call('disableAudit', 'main'), undefined)
    assert.equal(await call('disableAudit', 'main'), undefined)
    await call('readCode', 'rfc')

    const told = lines(path).map(({ type, authority = '-', operation = '-', path: at = '-', outcome = '-' }) =>
      [type, authority, operation, at, outcome].join(' ')
    )
    const answers = [
      'answer root update totp/code/rfc wrong',
      'answer root update totp/keys/new done',
      'answer root read totp/keys/nobody key-not-found',
      'answer token read totp/code/rfc permission-denied',
      'answer root read sys/audit done',
      'answer root update sys/audit-hash done',
      'answer root delete sys/audit/main done'
    ]
    assert.deepEqual(told.filter((line) => line.startsWith('answer')), answers)
    assert.equal(told.filter((line) => line.startsWith('request')).length, answers.length)
    const written = lines(path).find(({ path: at }) => at === 'totp/keys/new')
    assert.equal(written.parameters.key, hash)
    assert.equal(written.parameters.issuer, 'Acme')
    const text = readFileSync(path, 'utf8')
    for (const secret of [SECRET, '123456', token.secret]) assert.ok(!text.includes(secret))
    assert.deepEqual(await call('listAudits'), [])
  })

  test(`what cannot be written down does not happen, ${way}`, async (t) => {
    const place = join(folder(t), 'logs')
    mkdirSync(place)
    const keep = keepWithKey(t)
    const call = caller(keep)
    await call('enableAudit', 'main', pathToFileURL(join(place, 'audit.log')))
    rmSync(place, { recursive: true })
    const error = { kind: 'audit-failed', code: 'ERR_OTPKEEP_AUDIT_FAILED' }
    await assert.rejects(call('validateCode', 'rfc', CODE), error)
    await assert.rejects(call('deleteKey', 'rfc'), error)
    mkdirSync(place)
    assert.deepEqual(await call('listKeys'), ['rfc'])
    assert.equal((await call('readAttempts', 'rfc')).failures, 0)
  })

  test(`an audit file has a name and an absolute path, ${way}`, async (t) => {
    const place = folder(t)
    const call = caller(keepWithKey(t))
    await call('enableAudit', 'main', Buffer.from(join(place, 'a.log')))
    const cases = [
      [['main', join(place, 'b.log')], 'invalid-argument', 'name'],
      [['', join(place, 'b.log')], 'invalid-argument', 'name'],
      [['other', 'b.log'], 'invalid-argument', 'path'],
      [['other', Buffer.from([0x2f, 0xff])], 'invalid-argument', 'path'],
      [['other', join(place, 'nowhere', 'b.log')], 'audit-failed', null]
    ]
    for (const [given, kind, argument] of cases) {
      await assert.rejects(call('enableAudit', ...given), { kind, argument }, `${given}`)
    }
    assert.equal((await call('listAudits')).length, 1)
  })
}
