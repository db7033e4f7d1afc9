'use strict'

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { once } = require('node:events')
const { join } = require('node:path')
const { test } = require('node:test')
const { Worker, markAsUncloneable } = require('node:worker_threads')

const { AT, CODE, ROOT_KEY, SECRET, folder, newKeep } = require('./support.js')

const PROGRAM = join(__dirname, 'programs', 'thread.js')

/** Runs a thread and gives what it posts; it must end by itself, with 0. */
async function posted(workerData) {
  const worker = new Worker(PROGRAM, { workerData })
  const ended = once(worker, 'exit')
  const [message] = await once(worker, 'message')
  assert.deepEqual(await ended, [0])
  return message
}

test('threads open, use and close keeps of their own, and one of them gets a code accepted', async (t) => {
  const place = folder(t)
  const keep = newKeep(t, {}, place)
  keep.writeKeySync('rfc', { secret: SECRET })
  const location = join(place, 'auth.keep')
  const data = { task: 'validate', location, rootKey: ROOT_KEY, code: CODE, at: AT }
  const messages = await Promise.all(Array.from({ length: 4 }, () => posted(data)))
  const outcomes = messages.flatMap((message) => message.outcomes)
  assert.deepEqual(outcomes.sort(), ['accepted', ...Array(39).fill('replayed')])
  for (const { error } of messages) assert.equal(error, 'key-not-found')
  assert.equal((await keep.validateCode('rfc', CODE, { at: AT })).outcome, 'replayed')
})

test('threads have handles with the authority of a token', async (t) => {
  const place = folder(t)
  const keep = newKeep(t, {}, place)
  keep.writeKeySync('rfc', { secret: SECRET })
  keep.writePolicySync('verifier', 'path "totp/code/*" { capabilities = ["update"] }')
  const { secret: token } = keep.createTokenSync({ policies: ['verifier'] })
  const data = { task: 'withToken', location: join(place, 'auth.keep'), rootKey: ROOT_KEY, token }
  for (const outcomes of await Promise.all(Array.from({ length: 4 }, () => posted(data)))) {
    assert.deepEqual(outcomes, [...Array(10).fill('malformed'), ...Array(10).fill('permission-denied')])
  }
})

test('a thread may leave its keep open', async (t) => {
  const location = join(folder(t), 'auth.keep')
  for (let i = 0; i < 4; i += 1) {
    assert.equal(await posted({ task: 'leave', location, rootKey: ROOT_KEY }), 'left')
  }
})

test('a thread may be ended in the midst of calls', async (t) => {
  const place = folder(t)
  const keep = newKeep(t, {}, place)
  keep.writeKeySync('rfc', { secret: SECRET })
  for (let i = 0; i < 4; i += 1) {
    const data = { task: 'busy', location: join(place, 'auth.keep'), rootKey: ROOT_KEY, at: AT }
    const worker = new Worker(PROGRAM, { workerData: data })
    await once(worker, 'message')
    await worker.terminate()
  }
  assert.deepEqual(await keep.listKeys(), ['rfc'])
})

test('a keep that is sent to a thread arrives as nothing that could be taken for one', (t) => {
  const keep = newKeep(t)
  if (markAsUncloneable) assert.throws(() => structuredClone(keep), { name: 'DataCloneError' })
  else assert.deepEqual(Reflect.ownKeys(structuredClone(keep)), [])
})

test('a process whose threads alone load the addon ends well', (t) => {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, 'programs', 'threads_only.js'), join(folder(t), 'auth.keep')],
    { encoding: 'utf8', timeout: 60_000 }
  )
  assert.deepEqual([status, signal, stdout], [0, null, 'done\n'], stderr)
})
