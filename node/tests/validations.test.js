'use strict'

const assert = require('node:assert/strict')
const { stat } = require('node:fs/promises')
const { monitorEventLoopDelay } = require('node:perf_hooks')
const { test } = require('node:test')

const { OtpkeepError } = require('otpkeep')
const { Validations } = require('../lib/validations.js')
const { AT, CODE, SECRET, keepWithKey, newKeep } = require('./support.js')

/** How often each word occurs. */
const tally = (words) => words.reduce((counts, word) => ({ ...counts, [word]: (counts[word] ?? 0) + 1 }), {})

test('a thousand at once leave the event loop and the thread pool free', async (t) => {
  const keep = newKeep(t)
  const names = Array.from({ length: 1000 }, (_, index) => `key-${index}`)
  for (const name of names) keep.writeKeySync(name, { secret: SECRET })

  // Other work on the machine can hold up any one round.
  let worst = Infinity
  for (let round = 0; round < 5 && worst > 20; round += 1) {
    const at = AT + 90 * round
    const { value } = keep.readCodeSync(names[0], { at })
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const finished = []
    const validations = names.map((name) => keep.validateCode(name, value, { at }))
    const look = stat(__filename).then(() => finished.push('a look at a file'))
    const verdicts = await Promise.all(validations)
    finished.push('the validations')
    delay.disable()
    await look
    assert.ok(verdicts.every(({ valid }) => valid))
    assert.deepEqual(finished, ['a look at a file', 'the validations'], 'a thread of the pool was free')
    worst = Math.min(worst, delay.max / 1e6)
  }
  assert.ok(worst < 20, `the event loop was held up for ${worst} ms`)
})

test('of a thousand with the same code one is accepted', async (t) => {
  const keep = keepWithKey(t)
  const siblings = [keep, keep.withMountSync('totp'), keep.withMountSync('totp')]
  const validations = Array.from({ length: 1000 }, (_, index) =>
    siblings[index % siblings.length].validateCode('rfc', CODE, { at: AT })
  )
  const verdicts = await Promise.all(validations)
  await Promise.all(siblings.map((sibling) => sibling.close()))
  assert.deepEqual(tally(verdicts.map(({ outcome }) => outcome)), { accepted: 1, replayed: 999 })
})

test('each of a batch gets its own answer', async (t) => {
  const keep = keepWithKey(t)
  const results = await Promise.allSettled([
    keep.validateCode('rfc', '', { at: AT }),
    keep.validateCode('nobody', CODE, { at: AT }),
    keep.validateCode('not a name', CODE, { at: AT }),
    keep.validateCode('rfc', CODE, { at: -1 }),
    keep.validateCode('rfc', CODE, { at: AT }),
    keep.validateCode('rfc', 5924),
    keep.validateCode('rfc', CODE, { at: AT + 30 })
  ])
  assert.deepEqual(
    results.map(({ value, reason }) => value?.outcome ?? reason.kind ?? reason.name),
    ['malformed', 'key-not-found', 'invalid-argument', 'invalid-argument', 'accepted', 'TypeError', 'replayed']
  )
  assert.ok(results[1].reason instanceof OtpkeepError)
  assert.equal(results[3].reason.argument, 'at')
  assert.notEqual(results[1].reason, results[2].reason)
})

test('what fails the whole batch fails each of it, with an error of its own', async (t) => {
  const keep = newKeep(t, { bare: true })
  const results = await Promise.allSettled([1, 2, 3].map(() => keep.validateCode('rfc', CODE, { at: AT })))
  assert.deepEqual(
    results.map(({ reason }) => reason.kind),
    Array(3).fill('mount-not-found')
  )
  assert.equal(new Set(results.map(({ reason }) => reason)).size, 3)
})

test('one batch is under way at a time, of one time, in order, of at most 4096', async () => {
  const batches = []
  let underWay = 0
  const validations = new Validations(async (items, at) => {
    underWay += 1
    assert.equal(underWay, 1)
    batches.push([items.length, at])
    await new Promise(setImmediate)
    underWay -= 1
    return items.map(([name]) => name)
  })
  const add = (count, at) => Array.from({ length: count }, (_, index) => validations.add(`${at}-${index}`, CODE, at))
  const first = [...add(5000, 1), ...add(2, undefined), ...add(3, 1)]
  const answers = await Promise.all([...first, Promise.resolve().then(() => validations.add('late', CODE, 1))])
  assert.deepEqual(batches, [
    [4096, 1],
    [904, 1],
    [2, undefined],
    [4, 1]
  ])
  assert.equal(answers[4999], '1-4999')
  assert.equal(answers.at(-1), 'late')
})

test('a batch that could not be sent rejects, and the next one is sent', async () => {
  let failing = true
  const validations = new Validations(async (items) => {
    if (failing) throw new Error('not sent')
    return items
  })
  await assert.rejects(validations.add('rfc', CODE, AT), { message: 'not sent' })
  failing = false
  assert.deepEqual(await validations.add('rfc', CODE, AT), ['rfc', CODE])
})
