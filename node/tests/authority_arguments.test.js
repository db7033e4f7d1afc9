'use strict'

// The types of what operations on policies, tokens, the audit log and paths take.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { CANARY, NOT_TEXT, SECRET, UNKNOWN, keepWithKey, refuses } = require('./support.js')

test('policies, tokens and what is asked of them are strings', async (t) => {
  const keep = keepWithKey(t)
  for (const value of [...NOT_TEXT, '\ud800']) {
    const kind = value === '\ud800' ? 'well-formed Unicode' : 'a string, but is '
    const must = (name) => new RegExp(`^${name} must be ${kind}`)
    for (const name of ['writePolicy', 'readPolicy', 'deletePolicy']) await refuses(keep, [name, value], must('name'))
    await refuses(keep, ['writePolicy', 'p', value], must('text'))
    await refuses(keep, ['withToken', value], must('token'))
    await refuses(keep, ['capabilities', value], must('path'))
    await refuses(keep, ['enableAudit', value, '/audit.log'], must('name'))
    await refuses(keep, ['disableAudit', value], must('name'))
    await refuses(keep, ['auditHash', value], must('value'))
    for (const name of ['read', 'write', 'list', 'delete', 'help']) await refuses(keep, [name, value], must('path'))
    if (value === undefined) continue
    for (const name of ['lookupToken', 'renewToken', 'revokeToken']) await refuses(keep, [name, value], must('token'))
    await refuses(keep, ['createToken', { displayName: value }], must('displayName'))
    await refuses(keep, ['createToken', { policies: ['a', value] }], must('policies\\[1\\]'))
    await refuses(keep, ['createToken', { metadata: { [CANARY]: value } }], must('a value in metadata'))
  }
  await refuses(keep, ['createToken', { metadata: { '\udfff': 'x' } }], /^a name in metadata must be well-formed/)
  for (const value of [undefined, null, 5, true, [], {}]) {
    await refuses(keep, ['enableAudit', 'file', value], /^path must be a string, a Uint8Array or a file: URL/)
  }
  assert.deepEqual(keep.listTokensSync(), [])
})

test('what a token should be has types', async (t) => {
  const keep = keepWithKey(t)
  for (const value of [null, 5, CANARY, [CANARY], Buffer.from(CANARY), () => CANARY]) {
    await refuses(keep, ['createToken', value], /^spec must be a plain object, but is /)
    await refuses(keep, ['renewToken', 'x', value], /^options must be a plain object, but is /)
  }
  await refuses(keep, ['createToken', { policy: CANARY }], /^spec has no option 'policy'$/, UNKNOWN)
  await refuses(keep, ['createToken', { display_name: CANARY }], /^spec has no option 'display_name'$/, UNKNOWN)
  await refuses(keep, ['renewToken', 'x', { ttl: 1 }], /^options has no option 'ttl'$/, UNKNOWN)
  for (const value of [null, CANARY, 5, { 0: CANARY }, new Set([CANARY])]) {
    await refuses(keep, ['createToken', { policies: value }], /^policies must be an array, but is /)
  }
  for (const value of [null, CANARY, 5, [[CANARY, CANARY]], new Map([[CANARY, CANARY]]), new Date()]) {
    await refuses(keep, ['createToken', { metadata: value }], /^metadata must be a plain object, but is /)
  }
  for (const value of [null, '60', 60n, new Date(60)]) {
    await refuses(keep, ['createToken', { ttl: value }], /^ttl must be a number/)
    await refuses(keep, ['renewToken', 'x', { increment: value }], /^increment must be a number/)
  }
  for (const value of [Number.NaN, Infinity, 1.5]) {
    await refuses(keep, ['createToken', { ttl: value }], /^ttl must be a whole number$/)
    await refuses(keep, ['renewToken', 'x', { increment: value }], /^increment must be a whole number$/)
  }
  for (const option of ['renewable', 'noDefaultPolicy']) {
    for (const value of [null, 0, 1, 'true']) {
      await refuses(keep, ['createToken', { [option]: value }], new RegExp(`^${option} must be a boolean`))
    }
  }
  assert.deepEqual(keep.listTokensSync(), [])
})

test('data is what JSON has, and nothing is made into it', async (t) => {
  const keep = keepWithKey(t)
  for (const name of ['read', 'write', 'list', 'delete']) {
    for (const value of [null, 5, CANARY, [CANARY], Buffer.from(CANARY), () => CANARY, new Map(), new Date()]) {
      await refuses(keep, [name, 'totp/keys/new', value], /^data must be a plain object, but is /)
    }
  }
  const itself = { key: [SECRET] }
  itself.key.push(itself)
  let deep = CANARY
  for (let level = 0; level < 100_000; level += 1) deep = [deep]
  const cases = [
    [5n, /^data\.key must be a value that JSON has, but is of type bigint$/],
    [Symbol(CANARY), /^data\.key must be a value that JSON has, but is of type symbol$/],
    [() => CANARY, /^data\.key must be a value that JSON has, but is of type function$/],
    [Buffer.from(CANARY), /^data\.key must be a value that JSON has, but is a Uint8Array$/],
    [new Date(), /^data\.key must be a value that JSON has/],
    [new Map([[CANARY, 1]]), /^data\.key must be a value that JSON has/],
    [{ toJSON: () => CANARY }, /^data\.key\.toJSON must be a value that JSON has, but is of type function$/],
    [[CANARY, undefined], /^data\.key\[1\] must be a value that JSON has, but is of type undefined$/],
    [Array(2), /^data\.key\[0\] must be a value that JSON has/],
    [{ a: [{ b: Number.NaN }] }, /^data\.key\.a\[0\]\.b must be a finite number$/],
    [-Infinity, /^data\.key must be a finite number$/],
    [`${CANARY}\ud800`, /^data\.key must be well-formed Unicode/],
    [{ '\udfff': 1 }, /^a name in data\.key must be well-formed Unicode/],
    [itself.key, /^data\.key\[1\]\.key must not hold itself$/],
    [deep, /^data\.key(\[0\])+ must not be nested so deep$/]
  ]
  for (const [key, pattern] of cases) await refuses(keep, ['write', 'totp/keys/new', { key }], pattern)
  assert.deepEqual(keep.listKeysSync(), ['rfc'])
})
