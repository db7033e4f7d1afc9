'use strict'

const assert = require('node:assert/strict')
const { copyFileSync, renameSync } = require('node:fs')
const { stat } = require('node:fs/promises')
const { join } = require('node:path')
const { monitorEventLoopDelay, performance } = require('node:perf_hooks')
const { test } = require('node:test')
const { setImmediate, setTimeout } = require('node:timers/promises')

const { OtpkeepError } = require('otpkeep')
const { Validations } = require('../lib/validations.js')
const { AT, CODE, SECRET, folder, keepWithKey, newKeep } = require('./support.js')

/** How often each word occurs. */
const tally = (words) => words.reduce((counts, word) => ({ ...counts, [word]: (counts[word] ?? 0) + 1 }), {})

/** A keep with a thousand keys of one secret, and `validate(round)`: all their validations, at a time of their own. */
function aThousand(t) {
  const keep = newKeep(t)
  const names = Array.from({ length: 1000 }, (_, index) => `key-${index}`)
  for (const name of names) keep.writeKeySync(name, { secret: SECRET })
  const validate = (round) => {
    const at = AT + 90 * round
    const { value } = keep.readCodeSync(names[0], { at })
    return names.map((name) => keep.validateCode(name, value, { at }))
  }
  return validate
}

/** What the best of ten rounds measures, or the first below `bound`: other work can hold up any one of them. */
async function least(bound, round) {
  let best = Infinity
  for (let number = 0; number < 10 && best >= bound; number += 1) best = Math.min(best, await round(number))
  return best
}

/** The longest time, in milliseconds, that `run` keeps the event loop from turning: its first turn, or a later one. */
async function longestTurn(run) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  // It measures from the first time that its timer fires to the last.
  await setTimeout(20)
  delay.reset()
  const start = performance.now()
  const running = run()
  await setImmediate()
  const first = performance.now() - start
  await running
  await setTimeout(20)
  delay.disable()
  assert.ok(delay.count > 0, 'something was measured')
  return Math.max(first, delay.max / 1e6)
}

test('a thousand at once leave the thread pool free', async (t) => {
  const validate = aThousand(t)
  const before = await least(100, async (round) => {
    let answered = 0
    let before
    const validations = validate(round).map((validation) => validation.then(() => (answered += 1)))
    // In a later turn, so that what is sent at the end of this one is ahead of it.
    await setImmediate()
    await Promise.all([stat(__filename).then(() => (before = answered)), ...validations])
    assert.equal(answered, 1000)
    return before
  })
  assert.ok(before < 100, `a look at a file waited for ${before} validations`)
})

test('a thousand at once leave the event loop free', async (t) => {
  const validate = aThousand(t)
  const longest = await least(20, (round) =>
    longestTurn(async () => {
      const verdicts = await Promise.all(validate(round))
      assert.ok(verdicts.every(({ valid }) => valid))
    })
  )
  assert.ok(longest < 20, `the event loop was held up for ${longest} ms`)
})

test('a turn that takes long is noticed, the first as well as a later one', async () => {
  const busy = () => {
    const end = performance.now() + 30
    while (performance.now() < end);
  }
  assert.ok((await longestTurn(async () => busy())) >= 30)
  assert.ok((await longestTurn(() => setTimeout(5).then(busy))) >= 20)
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

test('a name that cannot be one fails alone', async (t) => {
  const keep = keepWithKey(t)
  const names = ['\ud800', 'rfc\udfff', '', 'not a name', 'x'.repeat(1e6)]
  const items = [...names.map((name) => [name, CODE]), ['rfc', CODE], ['rfc', `${'\ud83d\ude00'.repeat(40)}`]]
  const answers = [await keep.validateCodes(items, { at: AT }), keep.validateCodesSync(items, { at: AT })]
  for (const [index, results] of answers.entries()) {
    assert.deepEqual(
      results.map(({ outcome, kind, argument }) => outcome ?? [kind, argument]),
      [...names.map(() => ['invalid-argument', 'name']), index === 0 ? 'accepted' : 'replayed', 'malformed']
    )
    assert.ok(results.slice(0, names.length).every((error) => error instanceof OtpkeepError))
  }
})

test('a commit that fails is the error of those that waited for it, and of no others', async (t) => {
  const place = folder(t)
  const keep = newKeep(t, {}, place)
  for (const name of ['a', 'b', 'c', 'other']) keep.writeKeySync(name, { secret: SECRET })
  keep.validateCodeSync('other', CODE, { at: AT })
  // After such an error the files are opened anew, and the code may be spent: each try has its own.
  const replaced = (key) => {
    copyFileSync(join(place, 'auth.keep'), join(place, 'copy'))
    renameSync(join(place, 'copy'), join(place, 'auth.keep'))
    const items = [key, 'nobody', 'other'].map((name) => [name, CODE])
    return [...items, [key, '']]
  }
  const expected = ['store-replaced', 'key-not-found', 'replayed', 'malformed']
  const tries = [
    () => Promise.allSettled(replaced('a').map((item) => keep.validateCode(...item, { at: AT }))),
    () => keep.validateCodes(replaced('b'), { at: AT }),
    () => keep.validateCodesSync(replaced('c'), { at: AT })
  ]
  for (const attempt of tries) {
    const results = (await attempt()).map((result) => result.value ?? result.reason ?? result)
    assert.deepEqual(
      results.map(({ outcome, kind }) => outcome ?? kind),
      expected
    )
  }
})

test('a time that is none holds nobody up', async (t) => {
  const keep = keepWithKey(t)
  const times = [Number.NaN, Number.NaN, AT, new Date(Number.NaN), Infinity]
  const results = await Promise.allSettled(times.map((at) => keep.validateCode('rfc', CODE, { at })))
  assert.deepEqual(
    results.map(({ value, reason }) => value?.outcome ?? reason.argument),
    ['at', 'at', 'accepted', 'at', 'at']
  )
  assert.equal((await keep.readCode('rfc', { at: AT + 0.9 })).generatedAt.getTime(), AT * 1000)
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
    await setImmediate()
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
